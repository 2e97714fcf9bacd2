import { type Chance, randomShare } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import { StoreFault } from "../ports/store-fault.ts";
import type { Item, Table } from "../ports/table.ts";
import { ok, type Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { AppendQueue, type WrittenDraft } from "./append-queue.ts";
import type { ChannelId } from "./channel.ts";
import type { Channels, ChannelsReached } from "./channels.ts";
import {
  APPEND_ATTEMPTS_MAX,
  APPEND_PAUSE_MS_MAX,
  STORE_ATTEMPTS_MAX,
  STORE_PAUSE_MS,
  WAITING_CHARACTERS_MAX,
} from "./limits.ts";
import { LogContended, type LogEnd, LogEnds, overAt } from "./log-ends.ts";
import { type HistoryPage, LogReader, type ReadAfter, type ReadBefore } from "./log-reader.ts";
import type { LogPage } from "./log-walk.ts";
import type { ChannelMessage } from "./message.ts";
import { type MessageDraft, messagesIn, parseStoredGroup, storedGroup } from "./message-group.ts";

/** More waits in this process to be stored in a log than it holds: the store is slower than what comes. */
export class LogBusy extends Error {
  readonly code = "message_log_busy";
  constructor() {
    super(`messages of over ${WAITING_CHARACTERS_MAX} characters wait to be stored in one log`);
    this.name = "LogBusy";
  }
}

export interface ChannelLogDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly channels: Channels;
}

/**
 * The messages of channels, each channel a log with numbers that rise. A message is in it once it is acknowledged, and whoever
 * reads on from a number is given every message above it, in order, as long as it is not over.
 *
 * Not promised: that a message is stored once alone. Where the store does not answer, whoever asked may ask again, and a
 * message of the same id that was stored close before is then found. Numbers are not close together everywhere: a log goes on
 * in another section of numbers after it was silent for longer than messages are kept, where its retention was
 * shortened, and after each thousand million.
 */
export class ChannelLog {
  readonly #deps: ChannelLogDeps;
  readonly #ends: LogEnds;
  readonly #reader: LogReader;
  readonly #queues = new Map<string, AppendQueue<ChannelsReached>>();

  constructor(deps: ChannelLogDeps) {
    this.#deps = deps;
    this.#ends = new LogEnds(deps);
    this.#reader = new LogReader(deps);
  }

  /**
   * Stored when it resolves, in this order. A draft whose id stands where it would have been written was stored by an earlier
   * attempt, and is answered with that.
   *
   * @throws {StoreFault} whether some, all or none are stored is then unknown; none where its cause is {@link LogBusy}.
   * @throws {LogContended}
   */
  async append(
    tenantId: TenantId,
    channel: ChannelId,
    drafts: readonly MessageDraft[],
  ): Promise<Result<readonly ChannelMessage[], ChannelsReached>> {
    const name = `${tenantId} ${channel}`;
    const queue = this.#queues.get(name) ?? new AppendQueue((group) => this.#store(tenantId, channel, group));
    if (queue.waitingCharacters > WAITING_CHARACTERS_MAX)
      throw new StoreFault("table", "append", { cause: new LogBusy() });
    this.#queues.set(name, queue);
    try {
      const outcomes = await queue.add(drafts);
      const problem = outcomes.find((outcome) => !outcome.ok);
      return problem ?? ok(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
    } finally {
      if (queue.isIdle) this.#queues.delete(name);
    }
  }

  /** Messages above a number, the oldest first: for whoever follows a channel. */
  read(tenantId: TenantId, asked: ReadAfter): Promise<LogPage> {
    return this.#reader.readAfter(tenantId, asked);
  }

  /** Messages below a number, the newest first. */
  history(tenantId: TenantId, asked: ReadBefore): Promise<HistoryPage> {
    return this.#reader.readBefore(tenantId, asked);
  }

  /**
   * The number up to which a channel has come: who reads on from it misses nothing of what is published from now on. 0 of one
   * that was never used.
   */
  headOf(tenantId: TenantId, channel: ChannelId): Promise<number> {
    return this.#ends.headOf(tenantId, channel);
  }

  /**
   * Removes a channel that people name: it is listed no more and does not count. What was said there can be read as long as
   * it would have been. Whoever publishes there from now on makes it again, with the retention of any channel, and in numbers
   * above all that it had. Where there is no such channel nothing is done, so that it may be asked again; and again it has to
   * be where it was not answered. What is published meanwhile comes before or makes the channel again.
   *
   * @throws {StoreFault} what was done is then unknown.
   */
  async remove(tenantId: TenantId, channel: ChannelId): Promise<void> {
    const { channels } = this.#deps;
    const over = await channels.markRemoved(tenantId, channel);
    if (over === undefined) return;
    await this.#ends.finish(tenantId, channel);
    await channels.names.giveBack(tenantId, over);
  }

  /** A message of this id and sender, where it is among the last that were stored: see `RECENT_GROUPS_MAX`. */
  findRecent(
    tenantId: TenantId,
    wanted: { readonly channel: ChannelId; readonly messageId: string; readonly from: string },
  ): Promise<ChannelMessage | undefined> {
    return this.#reader.findRecent(tenantId, wanted);
  }

  async #store(
    tenantId: TenantId,
    channel: ChannelId,
    group: readonly WrittenDraft[],
  ): Promise<Result<readonly ChannelMessage[], ChannelsReached>> {
    const stored = new Map<string, ChannelMessage>();
    const storedAs = ({ draft }: WrittenDraft): ChannelMessage | undefined => {
      const message = stored.get(draft.messageId);
      return message?.from === draft.from ? message : undefined;
    };
    for (let attempt = 1; attempt <= APPEND_ATTEMPTS_MAX; attempt++) {
      const left = group.filter((draft) => storedAs(draft) === undefined);
      if (left.length === 0) return ok(group.flatMap((draft) => storedAs(draft) ?? []));
      const end = await this.#ends.open(tenantId, channel, left.length);
      if (!end.ok) return end;
      const standing = await this.#write(tenantId, channel, { end: end.value, left });
      for (const message of standing) stored.set(message.messageId, message);
      // The first time only this process was behind; from then on others write right now.
      if (attempt > 1 && !left.some((draft) => storedAs(draft) !== undefined)) await this.#fallBack(tenantId, channel);
    }
    throw new LogContended(APPEND_ATTEMPTS_MAX);
  }

  /** Writes the drafts at the end, and answers with what then stands there, be it these or what another wrote. */
  async #write(
    tenantId: TenantId,
    channel: ChannelId,
    { end, left }: { readonly end: LogEnd; readonly left: readonly WrittenDraft[] },
  ): Promise<readonly ChannelMessage[]> {
    const publishedAtEpochMs = this.#deps.clock.nowMs();
    const overAtEpochSeconds = Math.max(overAt(end, publishedAtEpochMs), end.last?.overAtEpochSeconds ?? 0);
    const place = { channel, first: end.next, overAtEpochSeconds, publishedAtEpochMs };
    const item = storedGroup(tenantId, { ...place, texts: left.map(({ text }) => text) });
    const met = await this.#put(tenantId, channel, item);
    if (met === "gone") {
      this.#ends.forget(tenantId, channel);
      return [];
    }
    const group = parseStoredGroup(met ?? item);
    this.#ends.moveOn(tenantId, channel, { end, group });
    if (met !== undefined) return messagesIn(tenantId, channel, group);
    return left.map(({ draft }, index) => ({ ...draft, tenantId, channel, seq: end.next + index, publishedAtEpochMs }));
  }

  /**
   * Where the store does not answer, asks again with the same item in the same place: if it stands there, it meets itself.
   *
   * @returns undefined where it was written; else what stands there, or `gone` where that was over in between.
   * @throws {StoreFault} whether it stands there is then unknown.
   */
  async #put(tenantId: TenantId, channel: ChannelId, item: Item): Promise<Item | "gone" | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        const written = await this.#deps.table.put(item, { if: "absent" });
        if (written.ok) return undefined;
        if (written.problem.reason === "item_too_large") throw new GroupOversized(written.problem.bytes);
        return written.problem.current ?? "gone";
      } catch (fault) {
        if (!(fault instanceof StoreFault) || attempt === STORE_ATTEMPTS_MAX) {
          this.#ends.forget(tenantId, channel);
          throw fault;
        }
        await this.#deps.clock.sleep(STORE_PAUSE_MS);
      }
    }
  }

  async #fallBack(tenantId: TenantId, channel: ChannelId): Promise<void> {
    this.#ends.forget(tenantId, channel);
    await this.#deps.clock.sleep(APPEND_PAUSE_MS_MAX * randomShare(this.#deps.chance));
  }
}

/** Messages within their own limits did not fit an item: the limits contradict each other. */
export class GroupOversized extends Error {
  readonly code = "message_group_oversized";
  constructor(bytes: number) {
    super(`messages of ${bytes} bytes passed their limits and not the table's`);
    this.name = "GroupOversized";
  }
}
