import type { ClientFrameType } from "./wire/client-frame.ts";

/** What has come of one event of a WebSocket. */
export type SocketTurn =
  | { readonly event: "opening"; readonly accepted: boolean }
  | {
      readonly event: "text";
      /** `malformed` of what is no frame that there is. */
      readonly type: ClientFrameType | "malformed";
      readonly text: string;
      /** What was answered, as it is sent. */
      readonly texts: readonly string[];
      /** Whether it has become known by it who is there. */
      readonly isConnected: boolean;
    }
  | { readonly event: "closed" };
