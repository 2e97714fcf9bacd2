import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Fleet, startFleet } from "../fixtures/fleet.ts";
import { journalOf, journalPidsOf, newJournal } from "../fixtures/journal.ts";
import { type CallerSide, type CallOptions, type CallOutcome, REAL_CLIENTS, type RealClient } from "./real-client.ts";

/** A call's lease has to run out before another process goes on with it. */
const KILL_TIMEOUT_MS = 60_000;
/** The SDK does not notice that a reply of 2026-07-28 was cut off; it gives up by this. */
const REPLY_TIMEOUT_MS = 10_000;
const TRIES_MAX = 5;

let fleet: Fleet;
const opened: RealClient[] = [];
const killed = new Set<number>();

beforeAll(async () => {
  fleet = await startFleet();
});

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
  for (const cell of killed) await fleet.revive(cell);
  killed.clear();
});

afterAll(() => fleet.close());

/** The process that the last request of this method went to. */
async function killServerOf(method: string): Promise<number> {
  const passage = fleet.passages.findLast(({ label }) => label === method);
  if (passage === undefined) throw new TypeError(`no request ${method} was sent`);
  const pid = fleet.cells[passage.backend]?.pid ?? 0;
  killed.add(passage.backend);
  await fleet.kill(passage.backend);
  return pid;
}

const Recipes = z.array(z.looseObject({ name: z.string() }));

describe.each(REAL_CLIENTS)("$name, while a process is killed", ({ connect, version }) => {
  const isModern = version === "2026-07-28";

  async function connected(side?: CallerSide): Promise<RealClient> {
    const client = await connect(fleet.url, side);
    opened.push(client);
    return client;
  }

  /** What a caller does whose connection was cut before it had anything to come back with. */
  async function untilAnswered(
    client: RealClient,
    call: Parameters<RealClient["call"]>,
    isDone: () => Promise<boolean> = async () => false,
  ): Promise<CallOutcome | "done"> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      try {
        return await client.call(...call);
      } catch {
        if (await isDone()) return "done";
      }
    }
    throw new TypeError(`not answered after ${TRIES_MAX} tries`);
  }

  test("a question outlives the process that put it", { timeout: KILL_TIMEOUT_MS }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "skein-made-"));
    const journal = newJournal();
    let asked = 0;
    const client = await connected({
      form: async () => {
        asked += 1;
        await killServerOf("tools/call");
        return { name: "Ada" };
      },
    });

    const outcome = await client.call("ask_and_make_once", { journal, directory, ms: 100 });

    expect(outcome).toMatchObject({ text: "Made for Ada.", isError: false });
    expect(asked).toBe(1);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^Ada-/)]);
    expect(new Set(journalPidsOf(journal)).size).toBeGreaterThan(1);
  });

  test("a call outlives the process that streams its progress", { timeout: KILL_TIMEOUT_MS }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "skein-made-"));
    const journal = newJournal();
    const client = await connected();
    let dead: Promise<number> | undefined;
    const options: CallOptions = {
      ...(isModern ? { timeoutMs: REPLY_TIMEOUT_MS } : {}),
      onProgress: (done) => {
        if (done === 1) dead ??= killServerOf("tools/call");
      },
    };

    const args: Parameters<RealClient["call"]> = ["make_once", { journal, directory, ms: 4_000 }, options];
    const outcome = isModern ? await untilAnswered(client, args) : await client.call(...args);

    expect(outcome).toMatchObject({ text: "Made.", isError: false });
    expect(readdirSync(directory)).toHaveLength(1);
    expect(journalOf(journal)).toEqual(["begun", "begun", "done"]);
    expect(journalPidsOf(journal)[0]).toBe(await dead);
  });

  /** Saving takes some milliseconds, so that each of these finds it at another step. */
  const moments = [0, 3, 9].map((afterMs) => ({ moment: `${afterMs} ms after the call came`, afterMs }));
  const asTheStreamBegins = { moment: "as the reply's stream begins", afterMs: undefined };

  test.each(isModern ? moments : [...moments, asTheStreamBegins])(
    "a recipe is saved once though its process dies $moment",
    { timeout: KILL_TIMEOUT_MS },
    async ({ afterMs }) => {
      const client = await connected();
      const name = `killed ${crypto.randomUUID()}`;
      const saved = async () => {
        const outcome = await client.call("cyberchef_recipe_list", { search: name });
        return Recipes.parse(JSON.parse(outcome.text)).map((recipe) => recipe.name);
      };
      const sent = fleet.passages.length;
      let dead: Promise<number> | undefined;
      const options = {
        onResumable: () => {
          if (afterMs === undefined) dead ??= killServerOf("tools/call");
        },
      };

      const saving = untilAnswered(
        client,
        ["cyberchef_recipe_create", { name, operations: [{ op: "To Base64" }] }, options],
        async () => (await saved()).length > 0,
      );
      if (afterMs !== undefined) {
        const isSent = () => fleet.passages.slice(sent).some(({ label }) => label === "tools/call");
        await expect.poll(isSent, { interval: 1 }).toBe(true);
        await delay(afterMs);
        await killServerOf("tools/call");
      }
      const outcome = await saving;
      await dead;

      expect(outcome === "done" || !outcome.isError, JSON.stringify(outcome)).toBe(true);
      expect(await saved()).toEqual([name]);
    },
  );
});
