import type { Clock } from "../ports/clock.ts";
import type { Condition, Item, Table, WriteProblem } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { channelKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type ChannelId, parseChannelId } from "./channel.ts";
import { ChannelContended, ChannelNames, type NamedLife } from "./channel-names.ts";
import { type ChannelRecord, inLife, isRemoved, newChannelItem, parseChannelRecord } from "./channel-record.ts";
import {
  CHANNEL_ATTEMPTS_MAX,
  CHANNEL_LIST_MAX,
  CHANNEL_LIST_QUERIED,
  CHANNEL_LIST_QUERIES_MAX,
  CHANNELS_MAX,
  REMOVED_CHANNEL_KEPT_SECONDS,
  RETENTION_SECONDS_MAX,
  RETENTION_SECONDS_MIN,
} from "./limits.ts";

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
  /** Set when more may follow. A page may hold fewer than asked, even none, and still not be the last. */
  readonly cursor?: string;
}

/** What the ids of channels that people name begin with. */
const NAMED = "channel:";

/**
 * The records of channels: how long messages are kept, and from where a log goes on. One is made before the first message of
 * a channel is stored, and stays as long as the tenant. A connection's own channel has none: it is over before its first
 * message is.
 *
 * Of the channels that people name a tenant has `CHANNELS_MAX`. The name is taken before the record is made, and given back
 * after the record says that the channel is removed, so that no channel is there that does not count. Who dies in between
 * leaves a name without a channel, which its next publisher makes good; that of a removal its next remover gives back.
 *
 * A removed channel's record stays longer than anything that was said there, since it alone knows from where the log goes on;
 * whoever publishes there makes the channel again, with another life.
 */
export class Channels {
  readonly names: ChannelNames;
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly clock: Clock }) {
    this.names = new ChannelNames(deps);
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  /** Also one that was removed. */
  async find(tenantId: TenantId, channel: ChannelId): Promise<ChannelRecord | undefined> {
    return recordOf(await this.#table.get(channelKey(tenantId, channel)));
  }

  /**
   * What is there, or else makes it.
   *
   * @param known what was found of it just now.
   * @throws {ChannelContended}
   */
  async make(
    tenantId: TenantId,
    channel: ChannelId,
    known?: ChannelRecord,
  ): Promise<Result<ChannelRecord, ChannelsReached>> {
    let found = known;
    for (let attempt = 1; attempt <= CHANNEL_ATTEMPTS_MAX; attempt++) {
      if (found !== undefined && !isRemoved(found)) return ok(found);
      const next = (found?.life ?? 0) + 1;
      const life = channel.startsWith(NAMED) ? await this.names.take(tenantId, { channel, life: next }) : next;
      if (life === undefined) return refused({ reason: "channels_reached", limit: CHANNELS_MAX });
      const written = await this.#write(tenantId, { channel, life }, found);
      if (written.ok) return ok(parseChannelRecord(written.value));
      found = recordOf(written.problem.reason === "condition_failed" ? written.problem.current : undefined);
    }
    throw new ChannelContended();
  }

  /** Begins a life after what was found, as long as that is how it stands. */
  async #write(
    tenantId: TenantId,
    { channel, life }: NamedLife,
    found: ChannelRecord | undefined,
  ): Promise<Result<Item, WriteProblem>> {
    const nowMs = this.#clock.nowMs();
    if (found?.removedAtEpochMs === undefined) {
      const item = newChannelItem(tenantId, { channel, life, nowMs });
      const made = await this.#table.put(item, { if: "absent" });
      return made.ok ? ok(item) : made;
    }
    const change = {
      set: { life, madeAtEpochMs: nowMs },
      remove: ["removedAtEpochMs", "retentionSeconds", "expiresAtEpochSeconds"],
    };
    return this.#table.update(channelKey(tenantId, channel), change, {
      if: "all",
      of: [inLife(found.life), { if: "equals", attribute: "removedAtEpochMs", value: found.removedAtEpochMs }],
    });
  }

  /**
   * Says that a channel is there no more, as far as its record goes: then its log has to be ended and its name given back.
   *
   * @returns the life that is over; undefined where there is nothing more to be done.
   * @throws {ChannelContended}
   */
  async markRemoved(tenantId: TenantId, channel: ChannelId): Promise<NamedLife | undefined> {
    for (let attempt = 1; attempt <= CHANNEL_ATTEMPTS_MAX; attempt++) {
      const found = await this.find(tenantId, channel);
      if (found === undefined) return undefined;
      const over = { channel, life: found.life };
      // The name is given back last: where it is not, whoever removed it before did not come to an end.
      if (isRemoved(found)) return (await this.names.isTaken(tenantId, over)) ? over : undefined;
      const removedAtEpochMs = this.#clock.nowMs();
      const expiresAtEpochSeconds = Math.ceil(removedAtEpochMs / 1_000) + REMOVED_CHANNEL_KEPT_SECONDS;
      const change = { set: { removedAtEpochMs, expiresAtEpochSeconds } };
      if ((await this.#table.update(channelKey(tenantId, channel), change, isLiving(found))).ok) return over;
    }
    throw new ChannelContended();
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
    let found = await this.find(tenantId, channel);
    for (let attempt = 1; attempt <= CHANNEL_ATTEMPTS_MAX; attempt++) {
      const made = await this.make(tenantId, channel, found);
      if (!made.ok) return made;
      const key = channelKey(tenantId, channel);
      const changed = await this.#table.update(key, { set: { retentionSeconds } }, isLiving(made.value));
      if (changed.ok) return ok(parseChannelRecord(changed.value));
      found = await this.find(tenantId, channel);
    }
    throw new ChannelContended();
  }

  /** The channels that people name, by name. */
  async list(
    tenantId: TenantId,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Result<ChannelPage, ChannelListProblem>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > CHANNEL_LIST_MAX)
      return refused({ reason: "channel_limit_invalid", limitMax: CHANNEL_LIST_MAX });
    if (cursor !== undefined && !parseChannelId(cursor).ok) return refused({ reason: "channel_cursor_malformed" });
    const channels: ChannelRecord[] = [];
    let after = cursor;
    for (let query = 1; query <= CHANNEL_LIST_QUERIES_MAX; query++) {
      const page = await this.#query(tenantId, { after, limit: query === 1 ? limit : CHANNEL_LIST_QUERIED });
      for (const [index, record] of page.records.entries()) {
        if (!isRemoved(record)) channels.push(record);
        if (channels.length < limit) continue;
        const isLast = page.isLast && index === page.records.length - 1;
        return ok(isLast ? { channels } : { channels, cursor: record.channel });
      }
      if (page.isLast) return ok({ channels });
      after = page.records.at(-1)?.channel ?? after;
    }
    return ok(after === undefined ? { channels } : { channels, cursor: after });
  }

  async #query(
    tenantId: TenantId,
    { after, limit }: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly records: readonly ChannelRecord[]; readonly isLast: boolean }> {
    const { items, cursor } = await this.#table.query({
      ...{ pk: recordPartition(tenantId, "CHANNEL"), prefix: NAMED, limit },
      ...(after !== undefined && { after }),
    });
    return { records: items.map(parseChannelRecord), isLast: cursor === undefined };
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
}

/** Whether it is there still, in the life that was found. */
const isLiving = ({ life }: ChannelRecord): Condition => ({
  if: "all",
  of: [inLife(life), { if: "attribute_absent", attribute: "removedAtEpochMs" }],
});

function recordOf(item: Item | undefined): ChannelRecord | undefined {
  return item === undefined ? undefined : parseChannelRecord(item);
}
