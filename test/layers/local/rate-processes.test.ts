import { spawn } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline/promises";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const TAKER = join(import.meta.dirname, "../../fixtures/rate-taker.ts");
const LIMITS = { requestsPerSecond: 100, requestBurst: 50 };
const CLIENTS_OF_EACH = ["17", "17", "16"];
const DURATION_MS = 1_500;

interface Taken {
  readonly admitted: number;
  readonly calls: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

function startTaker(...args: readonly string[]) {
  const child = spawn(execPath, [TAKER, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    kill: () => child.kill("SIGKILL"),
    go: () => child.stdin.write("\n"),
    nextLine: async (): Promise<string> => (await lines.next()).value ?? "",
  };
}

test("fifty clients of three processes on one store get no more than the burst and what came in the time it took", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const takers = CLIENTS_OF_EACH.map((clients) =>
    startTaker(file, clients, String(DURATION_MS), JSON.stringify(LIMITS)),
  );
  await Promise.all(takers.map((taker) => taker.nextLine()));

  for (const taker of takers) taker.go();
  const lines = await Promise.all(takers.map((taker) => taker.nextLine()));

  const { admitted, calls, boundMax } = summed(lines);
  expect(calls).toBeGreaterThan(2 * boundMax);
  expect(admitted).toBeLessThanOrEqual(boundMax);
  expect(admitted).toBeGreaterThan(0);
});

test("a process killed in the middle leaves the others what comes, and lets nobody have more", async () => {
  const file = join(await testFolder(), "state.sqlite");
  const start = (durationMs: number) => startTaker(file, "17", String(durationMs), JSON.stringify(LIMITS));
  const [victim, before, after] = [start(60_000), start(DURATION_MS), start(DURATION_MS)];
  await Promise.all([victim, before, after].map((taker) => taker.nextLine()));
  victim.go();
  before.go();
  const first = await before.nextLine();

  victim.kill();
  after.go();
  const second = await after.nextLine();

  const both = summed([first, second]);
  expect(both.admitted).toBeLessThanOrEqual(both.boundMax);
  expect(summed([second]).admitted).toBeGreaterThan(0);
});

function summed(lines: readonly string[]) {
  const taken = lines.map((line): Taken => JSON.parse(line));
  const sum = (of: "admitted" | "calls") => taken.reduce((total, one) => total + one[of], 0);
  const tookMs =
    Math.max(...taken.map(({ lastAtMs }) => lastAtMs)) - Math.min(...taken.map(({ firstAtMs }) => firstAtMs));
  const boundMax = LIMITS.requestBurst + (tookMs * LIMITS.requestsPerSecond) / 1_000;
  return { admitted: sum("admitted"), calls: sum("calls"), boundMax };
}
