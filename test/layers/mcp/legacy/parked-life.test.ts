import { expect, test } from "vitest";
import { z } from "zod";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { defineTool, type Toolkit } from "../../../../layers/mcp/toolkit/tool.ts";
import {
  isQuestion,
  isReplyTo,
  type LegacyClient,
  legacyClient,
  type Reading,
  textOf,
  type Wire,
} from "../../../fixtures/legacy-client.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { type Ground, ground, type MortalProcess, mortalProcess } from "../../../fixtures/mortal-process.ts";
import type { SeededChance } from "../../../fixtures/seeded-chance.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

/**
 * A fleet of three processes behind a proxy without affinity, in virtual time. Processes are killed and replaced, or
 * stand still for longer than their leases last, at any moment; stores answer slowly; clients change their minds after
 * an answer was taken, and come back wherever they are sent.
 */
const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1);
const FLEET_SIZE = 3;
const CLIENTS = 3;
const CALLS_EACH = 4;
const KILLING_MS = 20_000;
const RETRY_MS = 300;

const UNSURE = "The server stopped while it ran this call, which may or may not have taken effect.";

interface Effects {
  /** How often the effect of a call was carried out, by call id, of tools that can't be run twice. */
  readonly bare: Map<string, number>;
  /** The same of tools that key it by the call. */
  readonly keyed: Map<string, number>;
}

interface World {
  readonly ground: Ground;
  readonly chance: SeededChance;
  readonly effects: Effects;
  readonly fleet: MortalProcess[];
}

const sizeForm = () => form({ message: "Which size?", schema: z.object({ size: z.string() }) });

function toolkit({ ground, chance, effects }: Omit<World, "fleet">): (clock: Clock) => Toolkit {
  const input = z.object({ n: z.number() });
  const order = (name: "bare" | "keyed", clock: Clock) =>
    defineTool({
      name,
      description: "Asks twice, then does what must happen once.",
      input,
      rerunnable: name === "keyed",
      run: async ({ n }, scope) => {
        await clock.sleep(chance.integer(1_500));
        const { first } = await scope.ask({ first: sizeForm() });
        await clock.sleep(chance.integer(1_500));
        const { second } = await scope.ask({ second: sizeForm() });
        // Longer than a lease lasts, now and then.
        await clock.sleep(chance.integer(6_000));
        const key = { pk: "EFFECT", sk: scope.callId };
        const isFirst = name === "bare" || (await ground.table.put(key, { if: "absent" })).ok;
        if (isFirst) effects[name].set(scope.callId, (effects[name].get(scope.callId) ?? 0) + 1);
        await clock.sleep(chance.integer(500));
        const sizes = [first, second].map((answer) =>
          answer.action === "accept" ? answer.content.size : answer.action,
        );
        return `${scope.callId} ordered ${n} of ${sizes.join(" and ")}`;
      },
    });
  return (clock) => [order("bare", clock), order("keyed", clock)];
}

function world(seed: number): World {
  const base = ground(manualClock(), seed);
  const made = { ground: base, chance: base.chance, effects: { bare: new Map(), keyed: new Map() } };
  const start = () =>
    mortalProcess({
      toolkit: toolkit(made),
      ground: base,
      latencyMs: () => base.chance.integer(4) * 10,
      given: { holdMs: base.chance.happens(50) ? 0 : 2_000 },
    });
  const fleet = Array.from({ length: FLEET_SIZE }, start);
  const endMs = base.clock.nowMs() + KILLING_MS;
  void (async () => {
    while (base.clock.nowMs() < endMs) {
      await base.clock.sleep(200 + base.chance.integer(1_500));
      const place = base.chance.integer(FLEET_SIZE);
      if (base.chance.happens(40)) {
        fleet[place]?.pause(3_000 + base.chance.integer(6_000));
        continue;
      }
      fleet[place]?.kill();
      fleet[place] = start();
    }
  })();
  return { ...made, fleet };
}

function anyProcess({ fleet, chance }: World): MortalProcess {
  const process = fleet[chance.integer(FLEET_SIZE)];
  if (process === undefined) throw new TypeError("the fleet is empty");
  return process;
}

/** Sends something to any process until one lived long enough to reply. */
async function sendUntilReplied(world: World, send: (process: MortalProcess) => Promise<Reading>): Promise<Reading> {
  while (true) {
    const process = anyProcess(world);
    const reply = await Promise.race([send(process), process.died]);
    if (reply !== "died") return reply;
  }
}

const sizeFor = (question: Wire): string => `size-${String(question.id).slice(-8)}`;

/** Answers each question once it comes, wherever the answer lands; a second answer, after the first was taken, is void. */
function answering(world: World, client: LegacyClient, given: Map<string, string>, reading: Reading): void {
  let seen = 0;
  const answer = (question: Wire, size: string) =>
    sendUntilReplied(world, (process) => client.answer(process, question, { action: "accept", content: { size } }));
  void (async () => {
    while (true) {
      const question = await reading.next(
        (message) => isQuestion(message) && reading.messages.indexOf(message) >= seen,
      );
      seen = reading.messages.indexOf(question) + 1;
      given.set(String(question.id), sizeFor(question));
      void (async () => {
        await answer(question, sizeFor(question));
        if (world.chance.happens(30)) await answer(question, "another size");
      })();
    }
  })();
}

interface Call {
  readonly tool: "bare" | "keyed";
  readonly n: number;
  readonly replies: readonly Wire[];
  readonly sizes: readonly string[];
}

/** One call as a client sees it through: it comes back after each broken or ended stream until it has its reply. */
async function seeThrough(world: World, client: LegacyClient, id: number): Promise<Call> {
  const tool = world.chance.happens(50) ? "bare" : "keyed";
  const given = new Map<string, string>();
  const readings: Reading[] = [];
  let lastEventId: string | undefined;
  while (!readings.some(({ messages }) => messages.some(isReplyTo(id)))) {
    const from = lastEventId;
    const reading = await sendUntilReplied(world, (process) =>
      from === undefined ? client.call(process, id, tool, { n: id }) : client.listen(process, from),
    );
    readings.push(reading);
    answering(world, client, given, reading);
    await reading.ended;
    // Nothing came, so nothing is known of the call: it is made anew, under a call id of its own.
    lastEventId = reading.lastEventId() ?? lastEventId;
    await world.ground.clock.sleep(RETRY_MS);
  }
  // What still is on its way would come now.
  await world.ground.clock.sleep(10_000);
  const replies = readings.flatMap(({ messages }) => messages.filter(isReplyTo(id)));
  return { tool, n: id, replies, sizes: [...given.values()] };
}

async function live(world: World, place: number): Promise<readonly Call[]> {
  const client = await clientOf(world);
  const calls: Call[] = [];
  for (let call = 1; call <= CALLS_EACH; call++) calls.push(await seeThrough(world, client, place * 100 + call));
  return calls;
}

async function clientOf(world: World): Promise<LegacyClient> {
  while (true) {
    const process = anyProcess(world);
    const client = await Promise.race([legacyClient(process), process.died]);
    if (client !== "died") return client;
  }
}

test.each(SEEDS)(
  "whatever dies, each call gets its one right reply and has its effect once (seed %i)",
  async (seed) => {
    const simulated = world(seed);
    const clients = Array.from({ length: CLIENTS }, (_, place) => live(simulated, place + 1));

    const calls = (await passing(simulated.ground.clock, Promise.all(clients))).flat();

    for (const { tool, n, replies, sizes } of calls) {
      expect(replies.map(({ error }) => error)).toEqual([undefined]);
      const text = textOf(replies[0]);
      if (tool === "bare" && text === UNSURE) continue;
      const [callId = "", ...rest] = text.split(" ");
      const [first, second] = sizes.slice(-2);
      expect(rest.join(" ")).toBe(`ordered ${n} of ${first} and ${second}`);
      expect(simulated.effects[tool].get(callId)).toBe(1);
    }
    const counts = [...simulated.effects.bare.values(), ...simulated.effects.keyed.values()];
    expect(counts.filter((count) => count !== 1)).toEqual([]);
    expect(calls).toHaveLength(CLIENTS * CALLS_EACH);
  },
);
