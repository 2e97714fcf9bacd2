import { inParallel } from "../in-parallel.ts";
import { type ChannelId, parseChannelId } from "../message/channel.ts";
import { parsedJson } from "../parsed-json.ts";
import type { Queue } from "../ports/queue.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { LANE_SENDS_AT_ONCE } from "./limits.ts";

/** A channel and one part of the tenant's connections. */
export interface Lane {
  readonly channel: ChannelId;
  readonly shard: number;
}

/** That messages of a channel are to be brought to a part of the connections. Whose, the queue says. */
export interface LaneMessage extends Lane {
  /** The numbers of the first and the last message that it was sent for. */
  readonly from: number;
  readonly upTo: number;
}

export function laneMessageBody({ channel, shard, from, upTo }: LaneMessage): string {
  return JSON.stringify({ kind: "lane", channel, shard, from, upTo });
}

/** Undefined of what is none. */
export function parseLaneMessage(body: string): LaneMessage | undefined {
  const raw = parsedJson(body);
  if (typeof raw !== "object" || raw === null || !("kind" in raw) || raw.kind !== "lane") return undefined;
  if (!("channel" in raw && "shard" in raw && "from" in raw && "upTo" in raw)) return undefined;
  const channel = parseChannelId(raw.channel);
  const { shard, from, upTo } = raw;
  if (!channel.ok || !isCount(shard) || !isCount(from) || !isCount(upTo) || from > upTo) return undefined;
  return { channel: channel.value, shard, from, upTo };
}

function isCount(raw: unknown): raw is number {
  return typeof raw === "number" && Number.isSafeInteger(raw) && raw >= 0;
}

/** The queue takes no message about a lane, which is small: a fault of ours. */
export class LaneMessageRefused extends Error {
  readonly code = "lane_message_refused";
  constructor(bytes: number) {
    super(`the queue refused a message about a lane of ${bytes} bytes`);
    this.name = "LaneMessageRefused";
  }
}

/**
 * Sends one message for each lane of a channel.
 *
 * @throws {StoreFault} where the queue fails. Some may be sent then: to send all again is harmless.
 */
export async function sendToLanes(
  queue: Pick<Queue, "send">,
  tenantId: TenantId,
  { shards, ...sent }: Omit<LaneMessage, "shard"> & { readonly shards: readonly number[] },
): Promise<void> {
  await inParallel(shards, { parallelMax: LANE_SENDS_AT_ONCE }, async (shard) => {
    const answer = await queue.send(tenantId, { body: laneMessageBody({ ...sent, shard }) });
    if (!answer.ok) throw new LaneMessageRefused(answer.problem.bytes);
  });
}
