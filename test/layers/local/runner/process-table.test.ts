import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { procTable, psTable } from "../../../../layers/local/runner/process-table.ts";
import { eventually } from "../../../fixtures/eventually.ts";

/** A program whose name holds what the fields of its row are parted by. */
async function aChild(): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const program =
    "process.title = 'a) R 1 (b'; const held = Buffer.alloc(5e7, 1); console.log(held.length); setInterval(() => {}, 1e6)";
  const child = spawn(process.execPath, ["-e", program], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? Number.NaN,
    async end() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

describe.each([
  ["/proc", procTable()],
  ["ps", psTable()],
] as const)("the processes as %s tells them", (_name, table) => {
  test("have their parent, their group, what they hold and what they used, and are gone when they are", async () => {
    const child = await aChild();

    const rows = await table.read();
    await child.end();
    const rowsAfter = await table.read();

    const found = rows.find(({ pid }) => pid === child.pid);
    expect(found).toMatchObject({ parentPid: process.pid, groupId: child.pid });
    expect(found?.residentBytes).toBeGreaterThan(5e7);
    expect(found?.residentBytes).toBeLessThan(5e8);
    expect(found?.cpuMs).toBeGreaterThanOrEqual(0);
    expect(found?.cpuMs).toBeLessThan(20_000);
    expect(rowsAfter.find(({ pid }) => pid === child.pid)).toBeUndefined();
  });

  test("have the same start at every look", async () => {
    const startOf = async () => (await table.read()).find(({ pid }) => pid === process.pid)?.startedAt;

    const starts = [await startOf(), await startOf()];

    expect(starts[0]).toMatch(/\d/);
    expect(starts[1]).toBe(starts[0]);
  });

  test("leave out what has ended and was never asked for", async () => {
    // The shell becomes a program that asks for none of its children.
    const parent = spawn("sh", ["-c", "sh -c 'exit 0' & echo $!; exec sleep 100"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [said] = await once(parent.stdout, "data");

    await eventually(async () => {
      const pids = (await table.read()).map(({ pid }) => pid);
      expect(pids).toContain(parent.pid);
      expect(pids).not.toContain(Number(String(said)));
    });
  });
});

test("/proc tells what a process was started with, its part of the memory, and how many threads there are", async () => {
  const table = procTable();
  const { pid } = await aChild();

  expect(table.environmentOf(pid)).toContain("PATH=");
  expect(table.proportionalBytes(pid)).toBeGreaterThan(5e7);
  expect(table.threadCount()).toBeGreaterThan(5);
  expect(table.environmentOf(2 ** 22 + 1)).toBeUndefined();
  expect(table.proportionalBytes(2 ** 22 + 1)).toBeUndefined();
});
