import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { KeyRange, Table } from "../ports/table.ts";
import { messagesKey, messagesPrefix, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";
import {
  READ_GROUPS_FIRST,
  READ_GROUPS_GROWTH,
  READ_LIMIT_MAX,
  READ_QUERIES_MAX,
  RECENT_GROUPS_MAX,
} from "./limits.ts";
import { type LogPage, LogWalk } from "./log-walk.ts";
import type { ChannelMessage } from "./message.ts";
import { type MessageGroup, messagesIn, parseStoredGroup } from "./message-group.ts";

export interface ReadAfter {
  readonly channel: ChannelId;
  /** 0 for all that is there. */
  readonly after: number;
  /** 1 to `READ_LIMIT_MAX`; what is beyond is taken as the nearest of these. */
  readonly limit: number;
}

export interface ReadBefore {
  readonly channel: ChannelId;
  /** Left out for the newest. */
  readonly before?: number | undefined;
  /** As of {@link ReadAfter}. */
  readonly limit: number;
}

export interface HistoryPage {
  /** The last first. */
  readonly messages: readonly ChannelMessage[];
  /** Set when more may follow: what to read on before. A page may hold fewer than asked, and still not be the last. */
  readonly next?: number;
}

interface GroupPage {
  readonly groups: readonly MessageGroup[];
  readonly isLast: boolean;
}

/** Reads logs from the store. Nothing is remembered. */
export class LogReader {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly clock: Clock }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  async readAfter(tenantId: TenantId, { channel, after, limit: asked }: ReadAfter): Promise<LogPage> {
    const limit = boundedLimit(asked);
    const walk = new LogWalk({ after, limit, nowSeconds: nowEpochSeconds(this.#clock) });
    const range = { ...logRange(tenantId, channel), after: messagesKey(tenantId, { channel, seq: after }).sk };
    let isFirst = true;
    for await (const { groups, isLast } of this.#pages(range, limit)) {
      const isApart = isFirst && after > 0 && groups[0]?.first !== after + 1;
      const inFront = isApart ? await this.#groupsUpTo(tenantId, { channel, seq: after }) : [];
      isFirst = false;
      const goesOn = [...inFront, ...groups].every((group) =>
        walk.take(group, () => messagesIn(tenantId, channel, group)),
      );
      if (!goesOn || isLast) return walk.page(!goesOn);
    }
    return walk.page(true);
  }

  async readBefore(tenantId: TenantId, { channel, before, limit: asked }: ReadBefore): Promise<HistoryPage> {
    const limit = boundedLimit(asked);
    const nowSeconds = nowEpochSeconds(this.#clock);
    const range = {
      ...logRange(tenantId, channel),
      ...(before !== undefined && { before: messagesKey(tenantId, { channel, seq: before }).sk }),
      reverse: true,
    };
    const messages: ChannelMessage[] = [];
    let next: number | undefined;
    for await (const { groups, isLast } of this.#pages(range, limit)) {
      for (const group of groups) {
        next = group.first;
        if (group.overAtEpochSeconds <= nowSeconds) continue;
        for (const message of messagesIn(tenantId, channel, group).toReversed()) {
          if (before !== undefined && message.seq >= before) continue;
          messages.push(message);
          if (messages.length === limit) return { messages, next: message.seq };
        }
      }
      if (isLast) return { messages };
    }
    return next === undefined ? { messages } : { messages, next };
  }

  /** Also one that is over. */
  async findRecent(
    tenantId: TenantId,
    { channel, messageId, from }: { readonly channel: ChannelId; readonly messageId: string; readonly from: string },
  ): Promise<ChannelMessage | undefined> {
    const range = { ...logRange(tenantId, channel), reverse: true, limit: RECENT_GROUPS_MAX };
    const { items } = await this.#table.query(range);
    return items
      .flatMap((item) => messagesIn(tenantId, channel, parseStoredGroup(item)))
      .find((message) => message.messageId === messageId && message.from === from);
  }

  /** What may have begun before a number and go on after it. */
  async #groupsUpTo(
    tenantId: TenantId,
    { channel, seq }: { readonly channel: ChannelId; readonly seq: number },
  ): Promise<readonly MessageGroup[]> {
    const before = messagesKey(tenantId, { channel, seq: seq + 1 }).sk;
    const { items } = await this.#table.query({ ...logRange(tenantId, channel), before, reverse: true, limit: 1 });
    return items.map(parseStoredGroup);
  }

  /** Few items at first, since each may hold many messages, and then more. */
  async *#pages(range: Omit<KeyRange, "limit" | "cursor">, messagesWanted: number): AsyncGenerator<GroupPage> {
    let limit = Math.min(READ_GROUPS_FIRST, messagesWanted);
    let cursor: string | undefined;
    for (let query = 1; query <= READ_QUERIES_MAX; query++) {
      const page = await this.#table.query({ ...range, limit, ...(cursor !== undefined && { cursor }) });
      yield { groups: page.items.map(parseStoredGroup), isLast: page.cursor === undefined };
      cursor = page.cursor;
      limit = Math.min(limit * READ_GROUPS_GROWTH, READ_LIMIT_MAX);
    }
  }
}

const logRange = (tenantId: TenantId, channel: ChannelId): { readonly pk: string; readonly prefix: string } => ({
  pk: recordPartition(tenantId, "MESSAGE"),
  prefix: messagesPrefix(channel),
});

const boundedLimit = (limit: number): number => Math.min(READ_LIMIT_MAX, Math.max(1, Math.floor(limit)));
