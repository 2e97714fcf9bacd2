import { expect, test } from "vitest";
import type { ChannelId } from "../../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { ok } from "../../../../layers/core/result.ts";
import { type Harm, type Life, logWorld, NO_HARM, type World } from "./log-world.ts";
import { acme, channel, draft } from "./message-bench.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const NAMED = channel("channel:x");
const CHANNELS = [channel("everyone"), NAMED];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const HARM: Harm = {
  deathPermille: 4,
  pausePermille: 4,
  pauseMsMax: 3 * HOUR_MS,
  faultPermille: 30,
  lateMsMax: 20 * MINUTE_MS,
  clockDifferenceMs: 10_000,
};

const RETENTIONS_SECONDS = [3_600, 7_200, 24 * 3_600, 7 * 24 * 3_600, 10 * 24 * 3_600];
const SILENCES_MS = [0, MINUTE_MS, 5 * HOUR_MS, 25 * HOUR_MS, 7.5 * DAY_MS, 7.8 * DAY_MS, 9 * DAY_MS, 12 * DAY_MS];

interface Acknowledged {
  readonly channel: ChannelId;
  readonly messageId: string;
  readonly seq: number;
}

interface Missing {
  readonly from: number;
  readonly to: number;
  readonly toldAtEpochMs: number;
}

/** Somebody who follows a channel, and comes back when they like. */
interface Reader {
  readonly channel: ChannelId;
  after: number;
  readonly seen: { readonly seq: number; readonly messageId: string }[];
  readonly missing: Missing[];
}

interface NamedThere {
  readonly isListed: boolean;
  readonly isCounted: boolean;
}

interface Run {
  /** When all is over: once something was published, and once it is removed. */
  readonly named: (NamedThere | undefined)[];
  readonly world: World;
  readonly acknowledged: Acknowledged[];
  readonly violations: string[];
  readonly readers: Reader[];
  readonly lives: Life[];
  messagesMade: number;
}

/** Undefined where the process died or the store failed: then nobody knows. */
async function asked<T>(run: Run, ask: (life: Life) => Promise<T>): Promise<T | undefined> {
  const place = run.world.chance.integer(run.lives.length);
  let life = run.lives[place];
  if (life === undefined || life.isDead()) {
    life = run.world.start();
    run.lives[place] = life;
  }
  try {
    const answer = await Promise.race([ask(life), life.died]);
    return answer === "died" ? undefined : answer;
  } catch (fault) {
    if (!(fault instanceof StoreFault)) run.violations.push(String(fault));
    return undefined;
  }
}

/** Appends until it is acknowledged, under the same ids each time: as a publisher does, who looks first. */
async function publish(run: Run, of: ChannelId, count: number): Promise<void> {
  const drafts = Array.from({ length: count }, () => draft(`${run.messagesMade++}`));
  for (let attempt = 1; attempt <= 50; attempt++) {
    const appended = await asked(run, async ({ log }) => {
      const found =
        attempt === 1 ? [] : await Promise.all(drafts.map((each) => log.findRecent(acme, { channel: of, ...each })));
      const left = drafts.filter((_, index) => found[index] === undefined);
      const stored = await log.append(acme, of, left);
      return stored.ok ? ok([...found.filter((message) => message !== undefined), ...stored.value]) : stored;
    });
    if (appended?.ok === true) {
      for (const { messageId, seq } of appended.value) run.acknowledged.push({ channel: of, messageId, seq });
      return;
    }
    await run.world.clock.sleep(run.world.chance.integer(5_000));
  }
}

async function publishers(run: Run, untilMs: number): Promise<void> {
  const { clock, chance } = run.world;
  while (clock.nowMs() < untilMs) {
    const work = Array.from({ length: 1 + chance.integer(4) }, async () => {
      for (let turn = chance.integer(6); turn >= 0; turn--) {
        const of = CHANNELS[chance.integer(CHANNELS.length)];
        if (of !== undefined) await publish(run, of, chance.happens(70) ? 1 : 1 + chance.integer(5));
        await clock.sleep(chance.integer(chance.happens(80) ? 200 : 30 * MINUTE_MS));
      }
    });
    await Promise.all(work);
    if (chance.happens(30)) await changeRetention(run);
    if (chance.happens(20)) await asked(run, ({ log }) => log.remove(acme, NAMED));
    await clock.sleep(SILENCES_MS[chance.integer(SILENCES_MS.length)] ?? 0);
  }
}

async function changeRetention(run: Run): Promise<void> {
  const { chance } = run.world;
  const of = CHANNELS[chance.integer(CHANNELS.length)];
  const retentionSeconds = RETENTIONS_SECONDS[chance.integer(RETENTIONS_SECONDS.length)];
  if (of === undefined || retentionSeconds === undefined) return;
  await asked(run, ({ channels }) => channels.setUp(acme, of, { retentionSeconds }));
}

/** Whether the channel is listed, and whether its name counts. */
function namedThere(run: Run): Promise<NamedThere | undefined> {
  return asked(run, async ({ channels }) => {
    const life = (await channels.find(acme, NAMED))?.life ?? 0;
    const page = await channels.list(acme, { limit: 5 });
    return {
      isListed: page.ok && page.value.channels.some((each) => each.channel === NAMED),
      isCounted: await channels.names.isTaken(acme, { channel: NAMED, life }),
    };
  });
}

async function readUp(run: Run, reader: Reader): Promise<boolean> {
  const { channel: of, after } = reader;
  const limit = 1 + run.world.chance.integer(20);
  const page = await asked(run, ({ log }) => log.read(acme, { channel: of, after, limit }));
  if (page === undefined) return false;
  if (page.missing !== undefined) reader.missing.push({ ...page.missing, toldAtEpochMs: run.world.clock.nowMs() });
  for (const { seq, messageId } of page.messages) {
    if (seq <= (reader.seen.at(-1)?.seq ?? 0)) run.violations.push(`${of} ${seq} came after a later one`);
    reader.seen.push({ seq, messageId });
  }
  reader.after = page.next ?? page.messages.at(-1)?.seq ?? after;
  return page.next === undefined;
}

async function follow(run: Run, reader: Reader, untilMs: number): Promise<void> {
  const { clock, chance } = run.world;
  // Some look each hour, some each week.
  const eachMs = [2 * HOUR_MS, 12 * HOUR_MS, 8 * DAY_MS][chance.integer(3)] ?? HOUR_MS;
  while (clock.nowMs() < untilMs) {
    await readUp(run, reader);
    await clock.sleep(chance.integer(eachMs));
  }
}

async function lived(seed: number): Promise<Run> {
  const world = logWorld(seed);
  const readers = CHANNELS.flatMap((of) =>
    Array.from({ length: 4 }, () => ({ channel: of, after: 0, seen: [], missing: [] })),
  );
  const run: Run = { named: [], world, acknowledged: [], violations: [], readers, lives: [], messagesMade: 0 };
  world.harm = HARM;
  for (let process = 1; process <= 4; process++) run.lives.push(world.start());
  const untilMs = world.clock.nowMs() + 90 * DAY_MS;
  let working = readers.length + 2;
  const done = () => {
    working--;
  };
  for (const reader of readers) void follow(run, reader, untilMs).then(done);
  for (let group = 1; group <= 2; group++) void publishers(run, untilMs).then(done);
  await world.clock.runUntil(untilMs + 100 * DAY_MS, () => working === 0);
  expect(working).toBe(0);
  world.harm = NO_HARM;
  run.lives.length = 0;
  run.lives.push(world.start());
  let left = 1;
  void (async () => {
    for (const of of CHANNELS) await publish(run, of, 2);
    run.named.push(await namedThere(run));
    await asked(run, ({ log }) => log.remove(acme, NAMED));
    run.named.push(await namedThere(run));
    for (const reader of readers) while (!(await readUp(run, reader)));
  })().then(() => {
    left--;
  });
  await world.clock.runUntil(world.clock.nowMs() + DAY_MS, () => left === 0);
  expect(left).toBe(0);
  return run;
}

/** Messages that a reader was neither given nor rightly told that they are over. */
function lost(run: Run, reader: Reader): readonly string[] {
  const seen = new Set(reader.seen.map(({ messageId }) => messageId));
  const overAtMs = (messageId: string): number => {
    const times = run.world.stored.filter(({ messageIds }) => messageIds.includes(messageId));
    return Math.max(...times.map(({ overAtEpochSeconds }) => overAtEpochSeconds * 1_000));
  };
  return run.acknowledged
    .filter(({ channel: of, messageId }) => of === reader.channel && !seen.has(messageId))
    .filter(({ seq, messageId }) => {
      const told = reader.missing.filter(({ from, to }) => from <= seq && seq <= to);
      return !told.some(({ toldAtEpochMs }) => toldAtEpochMs + HARM.clockDifferenceMs >= overAtMs(messageId));
    })
    .map(({ seq, messageId }) => `${reader.channel} ${seq} ${messageId}`);
}

/** Numbers that messages were given twice. A seal may stand where the first of a section was, once all of that is over. */
function given(run: Run, of: ChannelId): readonly string[] {
  const groups = run.world.stored
    .filter((group) => group.channel === of && group.messageIds.length > 0)
    .toSorted((a, b) => a.first - b.first);
  return groups.flatMap((group, index) => {
    const next = groups[index + 1];
    return next !== undefined && next.first <= group.last ? [`${of} ${next.first}`] : [];
  });
}

test.each(SEEDS)(
  "whatever dies, stands still, is lost, arrives late or is over: what was acknowledged is read once, in order, by everyone (seed %i)",
  async (seed) => {
    const run = await lived(seed);

    expect(run.violations).toEqual([]);
    expect(run.named).toEqual([
      { isListed: true, isCounted: true },
      { isListed: false, isCounted: false },
    ]);
    for (const of of CHANNELS) expect(given(run, of)).toEqual([]);
    for (const reader of run.readers) {
      expect(lost(run, reader)).toEqual([]);
      const ids = reader.seen.map(({ messageId }) => messageId);
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    }
    expect(run.acknowledged.length).toBeGreaterThan(200);
    expect(run.world.deaths).toBeGreaterThan(3);
    const sections = new Set(run.world.stored.map(({ first }) => Math.floor(first / 1e9)));
    expect(sections.size).toBeGreaterThan(3);
  },
);
