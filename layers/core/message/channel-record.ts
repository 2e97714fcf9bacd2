import * as z from "zod";
import type { Item } from "../ports/table.ts";
import { channelKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type ChannelId, parseChannelId } from "./channel.ts";
import { RETENTION_SECONDS } from "./limits.ts";

/** What is kept of a channel beside its messages, from the first of them on. */
export interface ChannelRecord {
  readonly channel: ChannelId;
  /** The section in which the next message is at least: see `sectionOf`. Only rises. */
  readonly floor: number;
  /** When it last rose, or the channel was made. */
  readonly raisedAtEpochMs: number;
  /** How long a message can be read. */
  readonly retentionSeconds: number;
  readonly madeAtEpochMs: number;
}

/** What lies under the key of a channel is none. */
export class ChannelCorrupt extends Error {
  readonly code = "channel_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored channel can't be read", options);
    this.name = "ChannelCorrupt";
  }
}

export function newChannelItem(
  tenantId: TenantId,
  { channel, nowMs }: { readonly channel: ChannelId; readonly nowMs: number },
): Item {
  return { ...channelKey(tenantId, channel), floor: 0, raisedAtEpochMs: nowMs, madeAtEpochMs: nowMs };
}

function makeSchema() {
  return z.object({
    floor: z.int().min(0),
    raisedAtEpochMs: z.number(),
    retentionSeconds: z.int().min(1).default(RETENTION_SECONDS),
    madeAtEpochMs: z.number(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** @throws {ChannelCorrupt} */
export function parseChannelRecord(item: Item): ChannelRecord {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  const channel = parseChannelId(item.sk);
  if (!parsed.success || !channel.ok) throw new ChannelCorrupt({ cause: parsed.error ?? channel });
  return { ...parsed.data, channel: channel.value };
}
