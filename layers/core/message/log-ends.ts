import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result } from "../result.ts";
import { messagesPrefix, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";
import { type ChannelRecord, isRemoved } from "./channel-record.ts";
import type { Channels, ChannelsReached } from "./channels.ts";
import {
  APPEND_ATTEMPTS_MAX,
  CONNECTION_RETENTION_SECONDS,
  GROUP_SURE_SECONDS,
  LOG_END_FRESH_MS,
  LOG_ENDS_REMEMBERED_MAX,
  RETENTION_SHORTENED_SECONDS,
  SECTION_ATTEMPTS_MAX,
  SECTION_FRESH_SECONDS,
} from "./limits.ts";
import { fitSection, sectionAfter, sectionOf } from "./log-section.ts";
import { type MessageGroup, parseStoredGroup, type SealKind, storedSeal } from "./message-group.ts";

/** What is known of the end of a log. */
export interface LogEnd {
  /**
   * `open`: the next message comes here. `sealed`: nothing comes here any more. `unknown`: nothing of the section is left, so
   * nobody knows where it ended.
   */
  readonly state: "open" | "sealed" | "unknown";
  /** The number after the last, or the first of a section of which nothing is there. */
  readonly next: number;
  /** What was last stored in the section. */
  readonly last?: Pick<MessageGroup, "overAtEpochSeconds" | "expiresAtEpochSeconds">;
  /** That of the channel's record. */
  readonly floor: number;
  readonly retentionSeconds: number;
  /** When it was asked for, or what it follows from. */
  readonly knownAtEpochMs: number;
}

/** So many began sections of one log at once that this writer never came to append. Nothing was stored. */
export class LogContended extends Error {
  readonly code = "message_log_contended";
  constructor(attempts: number) {
    super(`the end of a log moved on in each of ${attempts} attempts`);
    this.name = "LogContended";
  }
}

/**
 * Where logs end, as this process knows it, and how a log goes on where that can no longer be told.
 *
 * A log is a chain: each item begins at the number after the last of the item before it, so that two writers who know the
 * same end meet, and who knows an older one meets what was written there. That holds as long as the items do. Within a
 * section of numbers none is gone before those in front of it, and a writer appends only after an item that stays for hours
 * yet. Where that can't be, a section is closed and the log goes on in the next one: a seal takes the number after the last, and
 * then the channel's record the next section. Whoever would have appended before the seal meets it. Where nothing of a section is
 * left, and it was begun too long ago to say that there never was anything, its first number is sealed.
 *
 * What it rests on: nobody stands still for `APPEND_STILL_SECONDS_MAX` between learning of an end and writing there.
 */
export class LogEnds {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #channels: Channels;
  /** The least recently written first. */
  readonly #known = new Map<string, LogEnd>();

  constructor(deps: { readonly table: Table; readonly clock: Clock; readonly channels: Channels }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
    this.#channels = deps.channels;
  }

  /**
   * Where so many messages can be appended now. Makes the channel where there is none.
   *
   * @throws {LogContended}
   */
  async open(tenantId: TenantId, channel: ChannelId, count: number): Promise<Result<LogEnd, ChannelsReached>> {
    for (let attempt = 1; attempt <= SECTION_ATTEMPTS_MAX; attempt++) {
      const known = this.#recall(tenantId, channel);
      const end = known === undefined ? await this.#read(tenantId, channel) : ok(known);
      if (!end.ok) return end;
      if (!this.#isOver(channel, end.value, count)) return end;
      this.forget(tenantId, channel);
      if (known === undefined) await this.#close(tenantId, channel, end.value);
    }
    throw new LogContended(SECTION_ATTEMPTS_MAX);
  }

  /**
   * Ends a log where it is: whoever appends next, wherever they know its end to be, meets a seal, asks the channel's record,
   * and goes on in another section.
   *
   * @throws {LogContended}
   */
  async finish(tenantId: TenantId, channel: ChannelId): Promise<void> {
    this.forget(tenantId, channel);
    let end = await this.#storedEnd(tenantId, channel);
    for (let attempt = 1; attempt <= APPEND_ATTEMPTS_MAX; attempt++) {
      if (end === undefined) return;
      const closing = await this.#close(tenantId, channel, end);
      if (closing.isClosed) return;
      const { by } = closing;
      // Others append all the time: the next place is right behind theirs.
      const behind: LogEnd | undefined = by && { ...end, state: "open", next: by.last + 1, last: by };
      end = behind ?? (await this.#storedEnd(tenantId, channel));
    }
    throw new LogContended(APPEND_ATTEMPTS_MAX);
  }

  /** The number of the last message; where nobody can know it, that before the next one. */
  async headOf(tenantId: TenantId, channel: ChannelId): Promise<number> {
    const [last, record] = await this.#stored(tenantId, channel);
    if (record === undefined) return last?.last ?? 0;
    const { state, next } = this.#endOf(record, last);
    return state === "unknown" ? sectionAfter(sectionOf(next)) : next - 1;
  }

  /** That this was found, or written, where the end was known to be. */
  moveOn(
    tenantId: TenantId,
    channel: ChannelId,
    { end, group }: { readonly end: LogEnd; readonly group: LogTail },
  ): void {
    const name = nameOf(tenantId, channel);
    this.#known.delete(name);
    if (group.seal !== undefined) return;
    const { overAtEpochSeconds, expiresAtEpochSeconds } = group;
    const last = { overAtEpochSeconds, expiresAtEpochSeconds };
    this.#known.set(name, { ...end, state: "open", next: group.last + 1, last });
    const [oldest] = this.#known.keys();
    if (this.#known.size > LOG_ENDS_REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
  }

  forget(tenantId: TenantId, channel: ChannelId): void {
    this.#known.delete(nameOf(tenantId, channel));
  }

  #recall(tenantId: TenantId, channel: ChannelId): LogEnd | undefined {
    const known = this.#known.get(nameOf(tenantId, channel));
    const ageMs = this.#clock.nowMs() - (known?.knownAtEpochMs ?? 0);
    return ageMs >= 0 && ageMs < LOG_END_FRESH_MS ? known : undefined;
  }

  async #read(tenantId: TenantId, channel: ChannelId): Promise<Result<LogEnd, ChannelsReached>> {
    const knownAtEpochMs = this.#clock.nowMs();
    const [last, found] = await this.#stored(tenantId, channel);
    const isThere = found !== undefined && !isRemoved(found);
    const record = isThere ? ok(found) : await this.#channels.make(tenantId, channel, found);
    return record.ok ? ok({ ...this.#endOf(record.value, last), knownAtEpochMs }) : record;
  }

  /** Undefined where there is no such channel. */
  async #storedEnd(tenantId: TenantId, channel: ChannelId): Promise<LogEnd | undefined> {
    const [last, record] = await this.#stored(tenantId, channel);
    return record && this.#endOf(record, last);
  }

  async #stored(
    tenantId: TenantId,
    channel: ChannelId,
  ): Promise<readonly [MessageGroup | undefined, ChannelRecord | undefined]> {
    const pk = recordPartition(tenantId, "MESSAGE");
    const [{ items }, record] = await Promise.all([
      this.#table.query({ pk, prefix: messagesPrefix(channel), reverse: true, limit: 1 }),
      isBrief(channel) ? briefRecord(channel, this.#clock.nowMs()) : this.#channels.find(tenantId, channel),
    ]);
    const [last] = items;
    return [last && parseStoredGroup(last), record];
  }

  #endOf({ floor, raisedAtEpochMs, retentionSeconds }: ChannelRecord, last: MessageGroup | undefined): LogEnd {
    const knownAtEpochMs = this.#clock.nowMs();
    const kept = { floor, retentionSeconds, knownAtEpochMs };
    if (last !== undefined && sectionOf(last.last) >= floor)
      return { ...kept, state: last.seal === undefined ? "open" : "sealed", next: last.last + 1, last };
    const isFresh = knownAtEpochMs - raisedAtEpochMs < SECTION_FRESH_SECONDS * 1_000;
    return { ...kept, state: isFresh ? "open" : "unknown", next: floor + 1 };
  }

  /** Whether the log has to go on in another section. */
  #isOver(channel: ChannelId, { state, next, last, retentionSeconds }: LogEnd, count: number): boolean {
    if (isBrief(channel)) return false;
    if (state !== "open" || !fitSection({ next, count })) return true;
    if (last === undefined) return false;
    const nowSeconds = nowEpochSeconds(this.#clock);
    const isShortened = nowSeconds + retentionSeconds < last.overAtEpochSeconds - RETENTION_SHORTENED_SECONDS;
    return isShortened || last.expiresAtEpochSeconds - nowSeconds < GROUP_SURE_SECONDS;
  }

  async #close(tenantId: TenantId, channel: ChannelId, end: LogEnd): Promise<Closing> {
    const seal = end.state === "unknown" ? "begin" : "end";
    const closing = end.state === "sealed" ? CLOSED : await this.#seal(tenantId, channel, { end, seal });
    if (!closing.isClosed) return closing;
    const lastSeq = end.state === "sealed" ? end.next - 1 : end.next;
    const to = sectionAfter(Math.max(end.floor, sectionOf(lastSeq)));
    await this.#channels.raiseFloor(tenantId, channel, { from: end.floor, to });
    return CLOSED;
  }

  async #seal(
    tenantId: TenantId,
    channel: ChannelId,
    { end, seal }: { readonly end: LogEnd; readonly seal: SealKind },
  ): Promise<Closing> {
    const publishedAtEpochMs = this.#clock.nowMs();
    const overAtEpochSeconds = Math.max(overAt(end, publishedAtEpochMs), end.last?.overAtEpochSeconds ?? 0);
    const item = storedSeal(tenantId, { channel, first: end.next, seal, overAtEpochSeconds, publishedAtEpochMs });
    const sealed = await this.#table.put(item, { if: "absent" });
    if (sealed.ok) return CLOSED;
    const current = sealed.problem.reason === "condition_failed" ? sealed.problem.current : undefined;
    if (current === undefined) return { isClosed: false };
    const by = parseStoredGroup(current);
    return by.seal === undefined ? { isClosed: false, by } : CLOSED;
  }
}

/** Where it is not closed, messages came before the seal; left out where they are over by now. */
type Closing = { readonly isClosed: true } | { readonly isClosed: false; readonly by?: MessageGroup };

const CLOSED: Closing = { isClosed: true };

export type LogTail = Pick<MessageGroup, "last" | "seal" | "overAtEpochSeconds" | "expiresAtEpochSeconds">;

/** When a message is over that is published now. */
export const overAt = ({ retentionSeconds }: LogEnd, nowMs: number): number =>
  Math.ceil(nowMs / 1_000) + retentionSeconds;

const nameOf = (tenantId: TenantId, channel: ChannelId): string => `${tenantId} ${channel}`;

/** Whether all is over with a channel before any message of it is: so nobody ever has to go on with its log. */
const isBrief = (channel: ChannelId): boolean => channel.startsWith("connection:");

const briefRecord = (channel: ChannelId, nowMs: number): ChannelRecord => ({
  channel,
  floor: 0,
  raisedAtEpochMs: nowMs,
  retentionSeconds: CONNECTION_RETENTION_SECONDS,
  madeAtEpochMs: nowMs,
  life: 1,
});
