import type { ChannelId } from "../message/channel.ts";
import type { ConnectionPlace } from "../ports/push.ts";
import type { Principal } from "../tenant/principal.ts";

/** `router` is what clients of the Frontend Router speak: they name no protocol and know of no numbers. */
export const SOCKET_PROTOCOLS = ["router", "skein.v1"] as const;
export type SocketProtocol = (typeof SOCKET_PROTOCOLS)[number];

/** A WebSocket whose holder has said who they are. */
export interface Connection extends ConnectionPlace {
  readonly principal: Principal;
  readonly protocol: SocketProtocol;
  /** The part of the tenant's connections that it is served with. */
  readonly shard: number;
  /** In how many parts connections were placed when it was. */
  readonly spread: number;
  /** The channels that it has joined beside its own. */
  readonly joined: readonly ChannelId[];
  readonly connectedAtEpochMs: number;
  /** When it is cut, whatever it does: API Gateway allows two hours. */
  readonly endsAtEpochMs: number;
}

/** Not there, another tenant's, or over. */
export type ConnectionGone = { readonly reason: "connection_gone" };
