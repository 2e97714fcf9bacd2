import { spawn } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline/promises";
import { expect, onTestFinished, test } from "vitest";
import { AuditLog } from "../../../layers/core/audit/audit-log.ts";
import { ok } from "../../../layers/core/result.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { actor } from "../../fixtures/tenant-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const WRITER = join(import.meta.dirname, "../../fixtures/audit-writer.ts");
const acme = tenant("acme");
const PROCESSES = 3;
const CHANGES_EACH = 25;

async function openedLog() {
  const file = join(await testFolder(), "state.sqlite");
  const clock = systemClock();
  const table = await sqliteTable({ file, clock });
  onTestFinished(() => table.close());
  const audit = new AuditLog({ table, clock, chance: systemChance(), digest: sha256, report: () => {} });
  return { file, audit };
}

function startWriter(...args: readonly string[]) {
  const child = spawn(execPath, [WRITER, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    kill: () => child.kill("SIGKILL"),
    ended,
    go: () => child.stdin.write("\n"),
    nextLine: async (): Promise<string | undefined> => (await lines.next()).value,
  };
}

test("three processes that write at once make one chain without a gap, and lose nothing", async () => {
  const { file, audit } = await openedLog();
  const names = Array.from({ length: PROCESSES }, (_, index) => `w${index}`);
  const writers = names.map((name) => startWriter(file, name, String(CHANGES_EACH)));
  await Promise.all(writers.map((writer) => writer.nextLine()));

  for (const writer of writers) writer.go();
  const ends = await Promise.all(writers.map((writer) => writer.nextLine()));

  expect(ends).toEqual(["made", "made", "made"]);
  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 2 * PROCESSES * CHANGES_EACH } });
  for (const subject of names) {
    const listed = await audit.list(acme, { subject });
    const made = Array.from({ length: CHANGES_EACH }, (_, index) => `${subject}-${index}`).toReversed();
    expect(listed.ok && listed.value.records.map(({ after }) => after?.name)).toEqual(made);
  }
  await Promise.all(writers.map((writer) => writer.ended));
});

test("a process killed in the middle of a change leaves it told as unknown, and the chain whole and open to others", async () => {
  const { file, audit } = await openedLog();
  const writer = startWriter(file, "w0", "2", "stuck");
  await writer.nextLine();
  writer.go();
  expect(await writer.nextLine()).toBe("stuck");

  writer.kill();
  await writer.ended;
  const target = { kind: "tenant", id: "acme" } as const;
  await audit.change(acme, { actor: actor(), action: "tenant.close", target }, async () => ok());

  const listed = await audit.list(acme, {});
  expect(listed.ok && listed.value.records.map(({ action, after, outcome }) => [action, after?.name, outcome])).toEqual(
    [
      ["tenant.close", undefined, "done"],
      ["tenant.change", "stuck", "unknown"],
      ["tenant.change", "w0-1", "done"],
      ["tenant.change", "w0-0", "done"],
    ],
  );
  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 7 } });
});
