import * as z from "zod";
import type { Condition, Item } from "../ports/table.ts";
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
  /**
   * Counts up with each making after a removal. Channels that were made before they could be removed have none written down,
   * and begin with the moment of their making, as their names do.
   */
  readonly life: number;
  /** Set of one that was removed, and not made again: its log goes on from the floor if it is. */
  readonly removedAtEpochMs?: number;
}

export const isRemoved = ({ removedAtEpochMs }: ChannelRecord): boolean => removedAtEpochMs !== undefined;

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
  { channel, life, nowMs }: { readonly channel: ChannelId; readonly life: number; readonly nowMs: number },
): Item {
  return { ...channelKey(tenantId, channel), life, floor: 0, raisedAtEpochMs: nowMs, madeAtEpochMs: nowMs };
}

function makeSchema() {
  return z.object({
    floor: z.int().min(0),
    raisedAtEpochMs: z.number(),
    retentionSeconds: z.int().min(1).default(RETENTION_SECONDS),
    madeAtEpochMs: z.number(),
    life: z.int().min(1).exactOptional(),
    removedAtEpochMs: z.number().exactOptional(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** @throws {ChannelCorrupt} */
export function parseChannelRecord(item: Item): ChannelRecord {
  schema ??= makeSchema();
  const parsed = schema.safeParse(item);
  const channel = parseChannelId(item.sk);
  if (!parsed.success || !channel.ok) throw new ChannelCorrupt({ cause: parsed.error ?? channel });
  const { life = parsed.data.madeAtEpochMs, ...record } = parsed.data;
  return { ...record, life, channel: channel.value };
}

/** Whether a channel is in the life that was found. */
export const inLife = (life: number): Condition => ({
  if: "any",
  of: [
    { if: "equals", attribute: "life", value: life },
    {
      if: "all",
      of: [
        { if: "attribute_absent", attribute: "life" },
        { if: "equals", attribute: "madeAtEpochMs", value: life },
      ],
    },
  ],
});
