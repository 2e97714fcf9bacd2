import { type ChannelId, parseChannelId } from "../../../../layers/core/message/channel.ts";
import { ChannelLog } from "../../../../layers/core/message/channel-log.ts";
import { Channels } from "../../../../layers/core/message/channels.ts";
import type { LogPage } from "../../../../layers/core/message/log-walk.ts";
import type { ChannelMessage } from "../../../../layers/core/message/message.ts";
import type { MessageDraft } from "../../../../layers/core/message/message-group.ts";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
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

/** A way to the table that counts its puts, loses answers, fails, or holds up what comes after the first so many. */
export function harmed(table: Table) {
  let letGo: () => void = () => {};
  const isLetGo = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const state = { puts: 0, answersLost: 0, putsFailing: 0, wrap, letGo };
  function wrap(putsFirst = Number.POSITIVE_INFINITY): Table {
    return {
      ...table,
      async put(...of) {
        state.puts++;
        if (state.puts > putsFirst) await isLetGo;
        if (state.putsFailing > 0) {
          state.putsFailing--;
          throw new StoreFault("table", "put", { cause: "cut" });
        }
        const answer = await table.put(...of);
        if (state.answersLost === 0) return answer;
        state.answersLost--;
        throw new StoreFault("table", "put", { cause: "lost" });
      },
    };
  }
  return state;
}

/** All that is there after a number, page after page, with what is missing between. */
export async function readOn(
  log: ChannelLog,
  from: { readonly channel: ChannelId; readonly after: number },
  limit = 3,
) {
  const seen: string[] = [];
  let after: number | undefined = from.after;
  while (after !== undefined) {
    const page: LogPage = await log.read(acme, { channel: from.channel, after, limit });
    if (page.missing !== undefined) seen.push(`missing ${page.missing.from} to ${page.missing.to}`);
    seen.push(...told(page.messages));
    after = page.next;
  }
  return seen;
}
