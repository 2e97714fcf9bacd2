import * as z from "zod";
import type { Item, Json } from "../ports/table.ts";
import { messagesKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";
import { GROUP_KEPT_BEYOND_SECONDS } from "./limits.ts";
import { type ChannelMessage, MESSAGE_TYPES, type MessageType } from "./message.ts";

/** A message that has no number yet. */
export interface MessageDraft {
  readonly messageId: string;
  readonly type: MessageType;
  /** The subject of whoever publishes it. */
  readonly from: string;
  readonly body: Json;
}

/**
 * That a section of a log has ended here: its item takes the number, and nobody can append after what comes before it.
 * `end`: all that the section had came before it. `begin`: it stands in the place of a first message, and what the section
 * had is over, or never was.
 */
export type SealKind = "end" | "begin";

/** Messages that were stored together, or a seal. Nothing in it ever changes. */
export interface MessageGroup {
  readonly first: number;
  readonly last: number;
  readonly seal?: SealKind;
  /** From then on its messages count as gone, while the item is there for longer. */
  readonly overAtEpochSeconds: number;
  readonly expiresAtEpochSeconds: number;
  /** Read with {@link messagesIn}: who wants to know where a log ends need not. */
  readonly text: string;
  readonly publishedAtEpochMs: number;
}

/** What lies under the key of messages is none. */
export class MessagesCorrupt extends Error {
  readonly code = "messages_corrupt";
  constructor(options: { cause: unknown }) {
    super("stored messages can't be read", options);
    this.name = "MessagesCorrupt";
  }
}

/** The text of one message as it is stored. A body is kept as text: a map could not hold every number and every depth. */
export function draftText({ messageId, type, from, body }: MessageDraft): string {
  return JSON.stringify({ id: messageId, type, from, body });
}

interface GroupPlace {
  readonly channel: ChannelId;
  readonly first: number;
  readonly overAtEpochSeconds: number;
  readonly publishedAtEpochMs: number;
}

export function storedGroup(
  tenantId: TenantId,
  { texts, ...place }: GroupPlace & { readonly texts: readonly string[] },
): Item {
  return { ...groupItem(tenantId, place), count: texts.length, messages: `[${texts.join(",")}]` };
}

export function storedSeal(tenantId: TenantId, { seal, ...place }: GroupPlace & { readonly seal: SealKind }): Item {
  return { ...groupItem(tenantId, place), count: 1, messages: "[]", seal };
}

function groupItem(tenantId: TenantId, { channel, first, overAtEpochSeconds, publishedAtEpochMs }: GroupPlace): Item {
  return {
    ...messagesKey(tenantId, { channel, seq: first }),
    overAtEpochSeconds,
    expiresAtEpochSeconds: overAtEpochSeconds + GROUP_KEPT_BEYOND_SECONDS,
    publishedAtEpochMs,
  };
}

function makeSchemas() {
  const group = z.object({
    sk: z.string().transform((sk) => Number(sk.slice(sk.lastIndexOf("#") + 1))),
    count: z.int().min(1),
    seal: z.enum(["end", "begin"]).exactOptional(),
    overAtEpochSeconds: z.int(),
    expiresAtEpochSeconds: z.int(),
    messages: z.string(),
    publishedAtEpochMs: z.number(),
  });
  const body = z.custom<Json>((value) => value !== undefined);
  const message = z.object({ id: z.string(), type: z.enum(MESSAGE_TYPES), from: z.string(), body });
  return { group, messages: z.array(message) };
}

let schemas: ReturnType<typeof makeSchemas> | undefined;

/** @throws {MessagesCorrupt} */
export function parseStoredGroup(item: Item): MessageGroup {
  schemas ??= makeSchemas();
  const parsed = schemas.group.safeParse(item);
  if (!parsed.success) throw new MessagesCorrupt({ cause: parsed.error });
  const { sk: first, count, messages: text, ...stored } = parsed.data;
  return { ...stored, first, last: first + count - 1, text };
}

/** @throws {MessagesCorrupt} */
export function messagesIn(tenantId: TenantId, channel: ChannelId, group: MessageGroup): readonly ChannelMessage[] {
  schemas ??= makeSchemas();
  const parsed = schemas.messages.safeParse(JSON.parse(group.text));
  if (!parsed.success) throw new MessagesCorrupt({ cause: parsed.error });
  const { first, publishedAtEpochMs } = group;
  return parsed.data.map(({ id, ...message }, index) => ({
    ...message,
    tenantId,
    channel,
    seq: first + index,
    messageId: id,
    publishedAtEpochMs,
  }));
}
