import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline/promises";
import { expect, test } from "vitest";
import { Quotas } from "../../../layers/core/quota/quotas.ts";
import { userSessions } from "../../../layers/core/user-session/user-sessions.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { systemChance } from "../../../layers/node/system-chance.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { aVisitor, changeOf, sessionId } from "../../fixtures/user-session-calls.ts";

const WRITER = join(import.meta.dirname, "../../fixtures/user-session-writer.ts");
const PROCESSES = 3;
const CHANGES_EACH = 17;

test("fifty-one blind changes of one session by three processes at once all survive", async () => {
  const folder = await mkdtemp(join(tmpdir(), "skein-user-sessions-"));
  const file = join(folder, "state.sqlite");
  const clock = systemClock();
  const table = await sqliteTable({ file, clock });
  const cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const sessions = userSessions({ table, cache, quotas: new Quotas({ table, clock }), clock, chance: systemChance() });
  const [acme, id] = [tenant("acme"), sessionId("shared")];
  await sessions.save(acme, changeOf(id, { userId: "u1" }, { create: true }));

  const writers = Array.from({ length: PROCESSES }, (_, index) => startWriter([file, acme, id, `w${index}`]));
  await Promise.all(writers.map((writer) => writer.nextLine()));
  for (const writer of writers) writer.go();
  const refusals = await Promise.all(writers.map((writer) => writer.nextLine()));

  expect(refusals).toEqual(["[]", "[]", "[]"]);
  const reading = await sessions.read(acme, { id, visitor: aVisitor });
  expect(reading).toMatchObject({ ok: true, value: { session: { version: 52, content: { userId: "u1" } } } });
  const content = reading.ok ? reading.value.session.content : {};
  expect(Object.keys(content.uiState?.filterSettings ?? {})).toHaveLength(PROCESSES * CHANGES_EACH);
  await Promise.all(writers.map((writer) => writer.ended));
  await table.close();
  await rm(folder, { recursive: true });
});

function startWriter(args: readonly string[]) {
  const child = spawn(execPath, [WRITER, ...args, String(CHANGES_EACH)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    ended,
    go: () => child.stdin.write("\n"),
    nextLine: async (): Promise<string | undefined> => (await lines.next()).value,
  };
}
