import type { Json } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";

/** `message` is what members and programs write; the others tell of a question: asked or edited, and over. */
export const MESSAGE_TYPES = ["message", "ask_user", "question_closed"] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** What somebody has published. Nothing in it ever changes. */
export interface ChannelMessage {
  readonly tenantId: TenantId;
  readonly channel: ChannelId;
  /**
   * Its number in the channel. What comes later has a greater one, and each is one more than the one before, but for where the
   * log goes on in another section of numbers, far above: see `ChannelLog`.
   */
  readonly seq: number;
  /** Unique within the tenant but for what was sent twice: two messages of one id are one, and the second may be dropped. */
  readonly messageId: string;
  readonly type: MessageType;
  /** The subject of whoever published it. */
  readonly from: string;
  readonly body: Json;
  readonly publishedAtEpochMs: number;
}
