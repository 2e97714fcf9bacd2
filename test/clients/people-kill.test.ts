import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { nowEpochSeconds } from "../../layers/core/ports/clock.ts";
import type { Role } from "../../layers/core/tenant/role.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { FLEET_TENANT } from "../../layers/core/tenant/tenant-id.ts";
import { cellSecrets } from "../../layers/local/cell-secrets.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { type CellProcess, startCell } from "../fixtures/cell-process.ts";
import { freePort } from "../fixtures/free-port.ts";
import { type Crowd, startCrowd } from "../fixtures/people-crowd/crowd.ts";
import { crowdProblems } from "../fixtures/people-crowd/crowd-problems.ts";
import type { CrowdMember } from "../fixtures/people-crowd/crowd-talk.ts";
import { type StallableLink, stallableLink } from "../fixtures/stallable-link.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { tenant } from "../fixtures/tenants.ts";

const TEST_TIMEOUT_MS = 240_000;
const TENANTS = ["local", "other"] as const;
const MEMBERS_OF_EACH = 150;
/** Processes that hold connections; to the others nobody connects, so that they bring messages and do nothing else. */
const GATEWAYS = 2;
const WORKERS = 3;
const PAUSE_MS = 3_000;
const ASK_TRIES_MAX = 20;
const ASK_AGAIN_MS = 250;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let crowd: Crowd;
const cells: CellProcess[] = [];
const links: StallableLink[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  // Not on ports that the system gives out: while a cell is dead, another listener would be given its own.
  const start = async () => startAt(await freePort());
  // The first alone: it makes the folder.
  cells.push(await start());
  cells.push(...(await Promise.all(Array.from({ length: GATEWAYS + WORKERS - 1 }, start))));
  for (const cell of cells.slice(0, GATEWAYS)) links.push(await stallableLink(Number(new URL(cell.url).port)));
  crowd = await startCrowd();
  await asked("POST", "/api/tenants", {
    token: token(FLEET_TENANT, "operator"),
    json: { tenantId: "other", name: "Other", plan: "team" },
  });
  for (const name of TENANTS) {
    await asked("PUT", `/api/tenants/${name}/limits`, {
      token: token(FLEET_TENANT, "operator"),
      json: { requestsPerSecond: 10_000, requestBurst: 10_000 },
    });
  }
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await crowd.close();
  for (const link of links) await link.close();
  for (const cell of cells) cell.kill("SIGKILL");
  await Promise.all(cells.map((cell) => cell.exited));
  await folder.remove();
});

function token(tenantId: string, role: Role, subject: string = role): string {
  const { issuer } = cellSecrets(`${folder.path}/seal.key`);
  const grant = { tenantId: tenant(tenantId), role, subject, scopes: SCOPES, lifetimeSeconds: 3_600 };
  return issuer.issue(grant, nowEpochSeconds(systemClock()));
}

/** Of whichever process lives, as often as it takes. */
async function asked(
  method: string,
  path: string,
  { token: credential, json }: { readonly token: string; readonly json?: unknown },
): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${credential}`,
    "content-type": "application/json",
    "idempotency-key": crypto.randomUUID(),
  };
  for (let attempt = 0; attempt < ASK_TRIES_MAX; attempt++) {
    const cell = cells[attempt % cells.length];
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const reply = await fetch(`${cell?.url}${path}`, { method, headers, ...body }).catch(() => undefined);
    if (reply?.ok === true) return reply.json();
    if (reply !== undefined && reply.status < 500 && reply.status !== 429) throw new TypeError(await reply.text());
    await delay(ASK_AGAIN_MS);
  }
  throw new TypeError(`${method} ${path} was not answered`);
}

async function killAndRevive(index: number): Promise<void> {
  const cell = cells[index];
  if (cell === undefined) throw new TypeError(`there is no process ${index}`);
  cell.kill("SIGKILL");
  await cell.exited;
  cells[index] = await startAt(Number(new URL(cell.url).port));
}

const startAt = (port: number): Promise<CellProcess> =>
  startCell({ dataDir: folder.path, access: "asked", args: ["--port", String(port)] });

/** As the issuer of a cell calls them: the same in both tenants, in which they are not the same people. */
const subjectOf = (index: number): string => `local:m${index}`;

/** Some of them publish, and some answer whatever they are asked. */
function membersOf(name: string): readonly CrowdMember[] {
  return Array.from({ length: MEMBERS_OF_EACH }, (_, index): CrowdMember => {
    const role = index % 3 === 0 ? "developer" : "viewer";
    const kind = index % 2 === 0 ? "library" : "raw";
    const publishes = index % 30 === 0;
    const audiences = ["everyone", "role:viewer", `member:${subjectOf(index + 7)}`, "channel:deploys"];
    return {
      ...{ tenant: name, subject: subjectOf(index), role, kind },
      token: token(name, role, `m${index}`),
      joined: index % 4 < 2 ? ["channel:deploys"] : [],
      publishesTo: publishes ? audiences : [],
      answers: kind === "library" && index % 10 < 4 && role === "developer",
    };
  });
}

const Asked = z.looseObject({ questionId: z.string() });
const Shown = z.looseObject({ state: z.string(), answer: z.looseObject({ value: z.string(), by: z.string() }) });

async function askEverybody(name: string): Promise<{ readonly tenant: string; readonly questionId: string }> {
  const json = { question: "Does it go out?", timeoutSeconds: 600 };
  const { questionId } = Asked.parse(await asked("POST", "/api/questions", { token: token(name, "owner"), json }));
  return { tenant: name, questionId };
}

test("what was stored reaches everybody whom it is for, in order, whichever process dies and however the network stalls", {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const members = TENANTS.flatMap(membersOf);
  const urls = links.map(({ port }) => `ws://127.0.0.1:${port}/ws`);
  await crowd.ask({ ask: "connect", urls, members });
  const questions: Awaited<ReturnType<typeof askEverybody>>[] = [];

  for (const index of cells.keys()) {
    const talking = crowd.ask({ ask: "talk", messages: 40 });
    questions.push(...(await Promise.all(TENANTS.map(askEverybody))));
    await killAndRevive(index);
    await talking;
  }
  const talking = crowd.ask({ ask: "talk", messages: 80 });
  for (const link of links) {
    link.stall();
    await delay(PAUSE_MS);
    link.resume();
  }
  for (const cell of [cells[0], cells.at(-1)]) {
    cell?.kill("SIGSTOP");
    await delay(PAUSE_MS);
    cell?.kill("SIGCONT");
  }
  await talking;
  await crowd.ask({ ask: "answered", questions: questions.length });
  await crowd.ask({ ask: "come back" });

  const report = await crowd.report();
  expect(crowdProblems(members, report)).toEqual([]);
  expect(report.heard).toHaveLength(TENANTS.length * MEMBERS_OF_EACH);
  expect(report.published.length).toBeGreaterThanOrEqual(40 * cells.length + 80);
  for (const { tenant: name, questionId } of questions) {
    const shown = await asked("GET", `/api/questions/${questionId}`, { token: token(name, "owner") });
    const { state, answer } = Shown.parse(shown);
    const told = report.heard.flatMap(({ won }, index) =>
      questionId in won ? [{ of: members[index]?.tenant, by: members[index]?.subject, value: won[questionId] }] : [],
    );
    expect(state).toBe("answered");
    expect(told).toEqual([{ of: name, by: answer.by, value: answer.value }]);
  }
});
