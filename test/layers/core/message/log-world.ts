import { ChannelLog } from "../../../../layers/core/message/channel-log.ts";
import { Channels } from "../../../../layers/core/message/channels.ts";
import { messagesIn, parseStoredGroup } from "../../../../layers/core/message/message-group.ts";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Item, Table } from "../../../../layers/core/ports/table.ts";
import { type EventClock, eventClock } from "../../../fixtures/event-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { type SeededChance, seededChance } from "../../../fixtures/seeded-chance.ts";
import { acme, channel as channelOf } from "./message-bench.ts";

/** What can go wrong, in permille of the operations on the table. */
export interface Harm {
  readonly deathPermille: number;
  readonly pausePermille: number;
  readonly pauseMsMax: number;
  /** Of these half never arrive, and half arrive and are not answered, some of them late. */
  readonly faultPermille: number;
  readonly lateMsMax: number;
  readonly clockDifferenceMs: number;
}

export const NO_HARM: Harm = {
  deathPermille: 0,
  pausePermille: 0,
  pauseMsMax: 0,
  faultPermille: 0,
  lateMsMax: 0,
  clockDifferenceMs: 0,
};

/** Messages as they were once stored, whether or not anybody was told. */
export interface StoredOnce {
  readonly channel: string;
  readonly first: number;
  readonly last: number;
  readonly overAtEpochSeconds: number;
  readonly messageIds: readonly string[];
}

/** One process, until it dies: from then on nothing in it goes on, though what it has sent may still arrive. */
export interface Life {
  readonly log: ChannelLog;
  readonly channels: Channels;
  readonly died: Promise<"died">;
  isDead(): boolean;
}

export interface World {
  readonly clock: EventClock;
  readonly chance: SeededChance;
  readonly stored: StoredOnce[];
  /** From now on. */
  harm: Harm;
  deaths: number;
  start(): Life;
}

export function logWorld(seed: number): World {
  const clock = eventClock();
  const chance = seededChance(seed);
  const stored: StoredOnce[] = [];
  const table = keepingAccount(memoryTable(clock), stored);
  const world: World = { clock, chance, stored, harm: NO_HARM, deaths: 0, start: () => lifeIn(world, table) };
  return world;
}

function keepingAccount(table: Table, stored: StoredOnce[]): Table {
  return {
    ...table,
    async put(item, condition) {
      const written = await table.put(item, condition);
      if (written.ok && item.pk.endsWith("#MESSAGE")) stored.push(accountOf(item));
      return written;
    },
  };
}

function accountOf(item: Item): StoredOnce {
  const group = parseStoredGroup(item);
  const channel = item.sk.slice(0, item.sk.lastIndexOf("#"));
  const messageIds = messagesIn(acme, channelOf(channel), group).map(({ messageId }) => messageId);
  const { first, last, overAtEpochSeconds } = group;
  return { channel, first, last, overAtEpochSeconds, messageIds };
}

function lifeIn(world: World, table: Table): Life {
  const { chance, harm } = world;
  let isDead = false;
  let pausedUntilMs = 0;
  let tellDeath: (how: "died") => void = () => {};
  const died = new Promise<"died">((resolve) => {
    tellDeath = resolve;
  });
  const happens = (permille: number) => chance.integer(1_000) < permille;
  const alive = async (): Promise<void> => {
    while (!isDead && world.clock.nowMs() < pausedUntilMs) await world.clock.sleep(pausedUntilMs - world.clock.nowMs());
    if (isDead) await new Promise(() => {});
  };
  const befall = async (): Promise<void> => {
    if (happens(world.harm.deathPermille)) {
      if (!isDead) world.deaths++;
      isDead = true;
      tellDeath("died");
    }
    if (happens(world.harm.pausePermille)) pausedUntilMs = world.clock.nowMs() + chance.integer(world.harm.pauseMsMax);
    await alive();
  };
  /** There and back: once it is sent it arrives, whatever becomes of who sent it. */
  const away = async <T>(work: () => Promise<T>): Promise<T> => {
    await befall();
    const isFaulty = happens(world.harm.faultPermille);
    if (isFaulty) {
      const lateMs = chance.integer(Math.max(1, world.harm.lateMsMax));
      if (chance.happens(50)) void world.clock.sleep(lateMs).then(work);
      await world.clock.sleep(chance.integer(2_000));
      await alive();
      throw new StoreFault("table", "answer", { cause: "lost" });
    }
    const answer = world.clock.sleep(chance.integer(15)).then(work);
    const result = await answer;
    await world.clock.sleep(chance.integer(15));
    await befall();
    return result;
  };
  const aheadMs = chance.integer(2 * harm.clockDifferenceMs + 1) - harm.clockDifferenceMs;
  const clock: Clock = {
    nowMs: () => world.clock.nowMs() + aheadMs,
    sleep: async (durationMs, signal) => {
      await world.clock.sleep(durationMs, signal);
      await alive();
    },
  };
  const reached: Table = {
    get: (...of) => away(() => table.get(...of)),
    put: (...of) => away(() => table.put(...of)),
    update: (...of) => away(() => table.update(...of)),
    delete: (...of) => away(() => table.delete(...of)),
    query: (range) => away(() => table.query(range)),
  };
  const channels = new Channels({ table: reached, clock });
  return { channels, log: new ChannelLog({ table: reached, clock, chance, channels }), died, isDead: () => isDead };
}
