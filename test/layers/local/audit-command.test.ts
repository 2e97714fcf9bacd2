import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { execPath } from "node:process";
import { expect, onTestFinished, test } from "vitest";
import type { Table } from "../../../layers/core/ports/table.ts";
import { refused } from "../../../layers/core/result.ts";
import { tenantKey } from "../../../layers/core/store/keys.ts";
import { runAuditCommand } from "../../../layers/local/audit-command.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { ACME, actor, OPERATOR, tenantParts } from "../../fixtures/tenant-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = ACME.tenantId;
const bar = tenant("bar");

/** A folder with two tenants: what was done to acme, one a second, is that ann renamed it and bob, a viewer, tried to. */
async function cellFolder() {
  const folder = await testFolder();
  const clock = manualClock();
  const table = await sqliteTable({ file: join(folder, "state.sqlite"), clock });
  onTestFinished(() => table.close());
  const { tenants, audit } = tenantParts({ clock, table });
  await tenants.create(ACME, { actor: OPERATOR });
  await tenants.create({ ...ACME, tenantId: bar }, { actor: OPERATOR });
  clock.advance(1_000);
  await tenants.change(acme, { name: "Acme & Sons" }, { actor: actor() });
  clock.advance(1_000);
  const byBob = actor({ subject: "bob", role: "viewer" });
  await audit.refused({ actor: byBob, action: "tenant.close", target: { kind: "tenant", id: "acme" } });
  return { folder, table };
}

/** Both entries, and the head. */
async function loseLogOfBar(table: Table): Promise<void> {
  for (const seq of [1, 2]) await table.delete({ pk: "TENANT#bar#AUDIT", sk: `000000000000000${seq}` });
  await table.delete({ pk: "TENANT#bar#AUDIT-HEAD", sk: "HEAD" });
}

async function run(folder: string, ...args: readonly string[]) {
  const printed: string[] = [];
  const complained: string[] = [];
  const exitCode = await runAuditCommand(args, {
    workingDir: folder,
    openStage: async ({ stage }) => refused({ reason: "log_unopened", message: `is not looked for: ${stage}` }),
    print: (text) => void printed.push(text),
    printError: (text) => void complained.push(text),
  });
  return { exitCode, printed: printed.join(""), complained: complained.join("") };
}

test("whole logs are told one by one, each with its end", async () => {
  const { folder } = await cellFolder();

  const { exitCode, printed, complained } = await run(folder, "--verify", "--data", ".");

  expect(printed).toMatch(
    /^fleet: no entries\nacme: 5 entries, whole; the end is 5:[\w-]{43}\nbar: 2 entries, whole; the end is 2:[\w-]{43}\n$/,
  );
  expect(complained).toBe("");
  expect(exitCode).toBe(0);
});

test("a log that was changed ends the command with 1 and is named with its first broken entry, and the others are still told", async () => {
  const { folder, table } = await cellFolder();
  await table.update({ pk: "TENANT#acme#AUDIT", sk: "0000000000000003" }, { set: { entry: "{}" } });

  const { exitCode, printed, complained } = await run(folder, "--verify", "--data", ".");

  expect(complained).toBe("acme: broken at entry 3: entry_changed\n");
  expect(printed).toMatch(/bar: 2 entries, whole/);
  expect(exitCode).toBe(1);
  expect((await run(folder, "--verify", "--tenant", "bar", "--data", ".")).exitCode).toBe(0);
});

test("a log that is gone with its head is missed, since every tenant's begins with its making", async () => {
  const { folder, table } = await cellFolder();
  await loseLogOfBar(table);

  const all = await run(folder, "--verify", "--data", ".");
  const one = await run(folder, "--verify", "--tenant", "bar", "--data", ".");

  for (const verified of [all, one]) {
    expect(verified).toMatchObject({ exitCode: 1, complained: "bar: broken at entry 1: entry_missing\n" });
  }
});

test("a tenant that there is not has no log to be whole", async () => {
  const { folder } = await cellFolder();

  const { exitCode, printed, complained } = await run(folder, "--verify", "--tenant", "acne", "--data", ".");

  expect([exitCode, printed, complained]).toEqual([2, "", "there is no tenant acne, and no log of it\n"]);
});

test("a tenant that is being erased may have lost its log already", async () => {
  const { folder, table } = await cellFolder();
  await loseLogOfBar(table);
  await table.update(tenantKey(bar), { set: { erasing: { sinceEpochMs: 1, counts: {}, auditHead: "2:x" } } });

  const { exitCode, printed } = await run(folder, "--verify", "--tenant", "bar", "--data", ".");

  expect([exitCode, printed]).toEqual([0, "bar: no entries\n"]);
});

test("the end that was told is a mark, which another end fails", async () => {
  const { folder } = await cellFolder();
  const [, mark = ""] =
    /end is (\S+)/.exec((await run(folder, "--verify", "--tenant", "acme", "--data", ".")).printed) ?? [];

  const kept = await run(folder, "--verify", "--tenant", "acme", "--mark", mark, "--data", ".");
  const other = await run(folder, "--verify", "--tenant", "bar", "--mark", mark, "--data", ".");

  expect(kept.exitCode).toBe(0);
  expect(other).toMatchObject({ exitCode: 1, complained: "bar: broken at entry 3: entry_missing\n" });
});

test("what was done is listed the last first, a line each, and by time and subject", async () => {
  const { folder } = await cellFolder();
  const denied =
    "2027-01-01T00:00:02.000Z denied, 1 times: tenant.close on tenant acme by bob (viewer, token) from 192.0.2.1\n";
  const renamed =
    '2027-01-01T00:00:01.000Z done: tenant.change on tenant acme by ann (owner, token) from 192.0.2.1 was {"name":"Acme"} is {"name":"Acme & Sons"}\n';
  const list = async (...args: readonly string[]) =>
    (await run(folder, "--list", "--tenant", "acme", "--data", ".", ...args)).printed;

  const all = await list();

  expect(all.startsWith(denied + renamed)).toBe(true);
  expect(all).toMatch(
    /\n2027-01-01T00:00:00.000Z done: fleet.tenant.create on tenant acme by olga \(operator, machine\) is /,
  );
  expect(await list("--subject", "ann")).toBe(renamed);
  expect(await list("--from", "2027-01-01T00:00:01Z", "--before", "2027-01-01T00:00:02Z")).toBe(renamed);
});

test("what is wrong with a command is told all at once, and nothing is read", async () => {
  const { folder } = await cellFolder();
  const complaint = async (...args: readonly string[]) => {
    const { exitCode, complained } = await run(folder, ...args);
    expect(exitCode).toBe(2);
    return complained.split("\n\n")[0];
  };

  expect(await complaint()).toBe("it takes either --verify or --list");
  expect(await complaint("--verify", "--list", "--tenant", "acme")).toBe("it takes either --verify or --list");
  expect(await complaint("--list", "--from", "soon", "--mark", "1:x")).toBe(
    "--mark goes with --verify\n--from soon is no moment; it is a date, or a date and a time, as 2027-01-31T12:00:00Z\n--list needs --tenant",
  );
  expect(await complaint("--verify", "--tenant", "No!", "--subject", "x")).toBe(
    "--tenant No! can't be the id of a tenant: it has lower-case letters, digits and inner hyphens\n--subject goes with --list",
  );
  expect(await complaint("--verify", "--mark", "1:x")).toBe(
    "--mark needs --tenant: it is of one log\n--mark 1:x is no end of a log; it is a number and a hash, as --verify prints it",
  );
  expect(await complaint("--verify", "--stage", "production", "--data", ".")).toBe("it takes either --data or --stage");
  expect(await complaint("--verify", "--region", "eu-west-1")).toBe("--region goes with --stage");
  expect(await complaint("--verify", "--quick")).toMatch(/--quick/);
});

test("a folder without a cell is refused, and none is made there", async () => {
  const folder = await testFolder();

  const { exitCode, complained } = await run(folder, "--verify", "--data", "nowhere");

  expect(complained).toBe(`--data ${join(folder, "nowhere")} holds no cell\n`);
  expect(exitCode).toBe(2);
});

test("npm run audit is that command", async () => {
  const { folder } = await cellFolder();
  const script = resolve(import.meta.dirname, "../../../scripts/audit.ts");

  const verified = spawnSync(execPath, [script, "--verify"], { cwd: folder, encoding: "utf8" });
  const inFolder = spawnSync(execPath, [script, "--verify", "--data", folder], { encoding: "utf8" });
  const help = spawnSync(execPath, [script, "--help"], { encoding: "utf8" });

  expect([verified.status, inFolder.status, help.status]).toEqual([2, 0, 0]);
  expect(inFolder.stdout).toContain("acme: 5 entries, whole");
  expect(help.stdout).toContain("--verify");
});
