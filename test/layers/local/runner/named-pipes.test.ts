import { execFile, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { openNamedPipes } from "../../../../layers/local/runner/named-pipes.ts";
import { allOutput, runOrder } from "../../../fixtures/awaited-run.ts";
import { testRunner } from "../../../fixtures/local-runner.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

test("what a program writes is read to the end of the last process that could write, and no name is left", async () => {
  const folder = await testFolder();
  const pipes = await openNamedPipes(folder, 2);
  const [out, err] = pipes.map(({ writeDescriptor }) => writeDescriptor);

  spawn("sh", ["-c", "(sleep 0.3; echo late) & echo first; echo wrong >&2"], { stdio: ["ignore", out, err] });
  for (const { writeDescriptor } of pipes) closeSync(writeDescriptor);
  const read = await Promise.all(pipes.map(({ readable }) => text(readable)));

  expect(read).toEqual(["first\nlate\n", "wrong\n"]);
  expect(await readdir(folder)).toEqual([]);
});

test("without a folder for their names there are no pipes", async () => {
  await expect(openNamedPipes(join(await testFolder(), "none"), 2)).rejects.toBeInstanceOf(Error);
});

test("what was opened is closed again where the next one can't be", async () => {
  const folder = await testFolder();
  const before = (await readdir("/proc/self/fd")).length;
  await new Promise((resolve) => execFile("mkfifo", [join(folder, "pipe1")], resolve));

  const opening = openNamedPipes(folder, 2);

  await expect(opening).rejects.toBeInstanceOf(Error);
  expect((await readdir("/proc/self/fd")).length).toBeLessThanOrEqual(before);
});

test.each(["all", "watch"] as const)(
  "with %s, a program can open its standard streams by their names",
  async (means) => {
    const acme = tenant("acme");
    const { runner, makeFolder } = await testRunner(means);
    await makeFolder(acme, "shop");
    await runner.start(acme, runOrder({ command: { shell: "echo out > /dev/stdout; echo err > /dev/stderr" } }));

    const lines = await allOutput(runner, acme, { runId: "run1" });

    expect(new Map(lines.map((line) => [line.stream, line.text]))).toEqual(
      new Map([
        ["stdout", "out"],
        ["stderr", "err"],
      ]),
    );
  },
);
