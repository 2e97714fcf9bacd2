import { type ChannelId, parseChannelId } from "../../../../layers/core/message/channel.ts";
import { ChannelLog } from "../../../../layers/core/message/channel-log.ts";
import { Channels } from "../../../../layers/core/message/channels.ts";
import type { ChannelMessage } from "../../../../layers/core/message/message.ts";
import type { MessageDraft } from "../../../../layers/core/message/message-group.ts";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import type { Result } from "../../../../layers/core/result.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

export const acme = tenant("acme");
export const bar = tenant("bar");

export function channel(id: string): ChannelId {
  const parsed = parseChannelId(id);
  if (!parsed.ok) throw new TypeError(`${id} can't name a channel`);
  return parsed.value;
}

export const everyone = channel("everyone");

export function draft(body: string, given: Partial<MessageDraft> = {}): MessageDraft {
  return { messageId: `m-${body}`, type: "message", from: "ann", body, ...given };
}

export function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new TypeError(`refused: ${JSON.stringify(result.problem)}`);
  return result.value;
}

/** What a process has of logs, on a table that it may share with others. */
export function logParts({
  table,
  clock,
  seed = 1,
}: {
  readonly table: Table;
  readonly clock: Clock;
  readonly seed?: number;
}) {
  const channels = new Channels({ table, clock });
  return { channels, log: new ChannelLog({ table, clock, chance: seededChance(seed), channels }) };
}

export interface MessageBench extends ReturnType<typeof logParts> {
  readonly clock: ManualClock;
  readonly table: Table;
}

export function messageBench(): MessageBench {
  const clock = manualClock();
  const table = memoryTable(clock);
  return { clock, table, ...logParts({ table, clock }) };
}

/** In short: the numbers and the bodies. */
export const told = (messages: readonly ChannelMessage[]): readonly string[] =>
  messages.map(({ seq, body }) => `${seq} ${body}`);
