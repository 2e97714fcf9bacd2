import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { takeRunnerLock } from "../../../../layers/local/runner/runner-lock.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

const LOCK = resolve(import.meta.dirname, "../../../../layers/local/runner/runner-lock.ts");
const CLOCK = resolve(import.meta.dirname, "../../../../layers/node/system-clock.ts");

test("one has it at a time, and the next one gets it when it is let go", async () => {
  const file = join(await testFolder(), "runner.lock");
  const first = await takeRunnerLock(file, systemClock());
  const waiting = takeRunnerLock(file, systemClock());

  first?.release();
  const second = await waiting;
  onTestFinished(() => second?.release());

  expect([first, second]).toEqual([{ release: expect.any(Function) }, { release: expect.any(Function) }]);
});

test("who waits long enough goes without", async () => {
  const file = join(await testFolder(), "runner.lock");
  const held = await takeRunnerLock(file, systemClock());
  onTestFinished(() => held?.release());

  expect(await takeRunnerLock(file, systemClock())).toBeUndefined();
});

test("a process that is killed gives it back", async () => {
  const file = join(await testFolder(), "runner.lock");
  const program = `import { takeRunnerLock } from ${JSON.stringify(LOCK)};
    import { systemClock } from ${JSON.stringify(CLOCK)};
    const lock = await takeRunnerLock(${JSON.stringify(file)}, systemClock());
    console.log(lock !== undefined);
    setInterval(() => lock, 60_000);`;
  const holder = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  const [said] = await once(holder.stdout, "data");

  holder.kill("SIGKILL");
  const lock = await takeRunnerLock(file, systemClock());
  onTestFinished(() => lock?.release());

  expect(String(said).trim()).toBe("true");
  expect(lock).toBeDefined();
});
