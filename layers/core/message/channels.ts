import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { channelKey, channelNamesKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type ChannelId, parseChannelId } from "./channel.ts";
import { type ChannelRecord, newChannelItem, parseChannelRecord } from "./channel-record.ts";
import { CHANNEL_LIST_MAX, CHANNELS_MAX, RETENTION_SECONDS_MAX, RETENTION_SECONDS_MIN } from "./limits.ts";

export type ChannelsReached = { readonly reason: "channels_reached"; readonly limit: number };
export type RetentionInvalid = {
  readonly reason: "retention_invalid";
  readonly secondsMin: number;
  readonly secondsMax: number;
};
export type ChannelListProblem =
  | { readonly reason: "channel_limit_invalid"; readonly limitMax: number }
  | { readonly reason: "channel_cursor_malformed" };

export interface ChannelPage {
  readonly channels: readonly ChannelRecord[];
  /** Set when more may follow. */
  readonly cursor?: string;
}

/** What the ids of channels that people name begin with. */
const NAMED = "channel:";

/**
 * The records of channels: how long messages are kept, and from where a log goes on. One is made before the first message of
 * a channel is stored, and stays as long as the tenant. A connection's own channel has none: it is over before its first
 * message is.
 *
 * Of the channels that people name a tenant has `CHANNELS_MAX`. All their names lie in one item with their count, so that
 * one conditional write judges both; the record is made after it. Who dies in between leaves a name without a channel, which
 * its next publisher makes good.
 */
export class Channels {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly clock: Clock }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  async find(tenantId: TenantId, channel: ChannelId): Promise<ChannelRecord | undefined> {
    return recordOf(await this.#table.get(channelKey(tenantId, channel)));
  }

  /** What is there, or else makes it. */
  async make(tenantId: TenantId, channel: ChannelId): Promise<Result<ChannelRecord, ChannelsReached>> {
    const nowMs = this.#clock.nowMs();
    if (channel.startsWith(NAMED) && !(await this.#takeName(tenantId, { channel, nowMs })))
      return refused({ reason: "channels_reached", limit: CHANNELS_MAX });
    const item = newChannelItem(tenantId, { channel, nowMs });
    const made = await this.#table.put(item, { if: "absent" });
    const current = made.ok || made.problem.reason === "item_too_large" ? item : made.problem.current;
    return ok(parseChannelRecord(current ?? item));
  }

  /**
   * Says how long the messages of a channel are kept that are published from now on. A process that has published there
   * lately goes by what it knows for up to ten minutes.
   */
  async setUp(
    tenantId: TenantId,
    channel: ChannelId,
    { retentionSeconds }: { readonly retentionSeconds: number },
  ): Promise<Result<ChannelRecord, ChannelsReached | RetentionInvalid>> {
    const [secondsMin, secondsMax] = [RETENTION_SECONDS_MIN, RETENTION_SECONDS_MAX];
    if (!Number.isInteger(retentionSeconds) || retentionSeconds < secondsMin || retentionSeconds > secondsMax)
      return refused({ reason: "retention_invalid", secondsMin, secondsMax });
    const found = await this.find(tenantId, channel);
    const made = found === undefined ? await this.make(tenantId, channel) : ok(found);
    if (!made.ok) return made;
    const key = channelKey(tenantId, channel);
    const changed = await this.#table.update(key, { set: { retentionSeconds } }, { if: "present" });
    return ok(changed.ok ? parseChannelRecord(changed.value) : { ...made.value, retentionSeconds });
  }

  /** The channels that people name, by name. */
  async list(
    tenantId: TenantId,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Result<ChannelPage, ChannelListProblem>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > CHANNEL_LIST_MAX)
      return refused({ reason: "channel_limit_invalid", limitMax: CHANNEL_LIST_MAX });
    if (cursor !== undefined && !parseChannelId(cursor).ok) return refused({ reason: "channel_cursor_malformed" });
    const page = await this.#table.query({
      pk: recordPartition(tenantId, "CHANNEL"),
      prefix: NAMED,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    const channels = page.items.map(parseChannelRecord);
    return ok(page.cursor === undefined ? { channels } : { channels, cursor: page.cursor });
  }

  /** Lets a log go on in a later section. Of those who do so at once, one does. */
  async raiseFloor(
    tenantId: TenantId,
    channel: ChannelId,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<void> {
    const set = { floor: to, raisedAtEpochMs: this.#clock.nowMs() };
    const isSame = { if: "equals", attribute: "floor", value: from } as const;
    await this.#table.update(channelKey(tenantId, channel), { set }, isSame);
  }

  /** False where the tenant has as many channels as it may have, and this is none of them. */
  async #takeName(
    tenantId: TenantId,
    { channel, nowMs }: { readonly channel: ChannelId; readonly nowMs: number },
  ): Promise<boolean> {
    const isRoom = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "count" },
        { if: "below", attribute: "count", value: CHANNELS_MAX },
      ],
    } as const;
    const taken = await this.#table.update(
      channelNamesKey(tenantId),
      { set: { [channel]: nowMs }, add: { count: 1 } },
      { if: "all", of: [{ if: "attribute_absent", attribute: channel }, isRoom] },
    );
    if (taken.ok) return true;
    return taken.problem.reason === "condition_failed" && taken.problem.current?.[channel] !== undefined;
  }
}

function recordOf(item: Item | undefined): ChannelRecord | undefined {
  return item === undefined ? undefined : parseChannelRecord(item);
}
