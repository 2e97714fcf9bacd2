import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { type ApiCell, type Asked, apiCell, type Told } from "../fixtures/api-cell.ts";
import { DescribedApi } from "../fixtures/described-api.ts";

/** In everything that a tenant keeps; in nothing that another may see. */
export const MARK = "beta-keeps-this";

/** What names something of a tenant, by the name that it has wherever it is sent. */
export interface Identifiers {
  readonly tenantId: string;
  readonly keyId: string;
  readonly subject: string;
  /** Of a user session. */
  readonly sessionId: string;
  readonly recipeId: string;
  readonly jobId: string;
  readonly scheduleId: string;
  readonly questionId: string;
  /** A channel that somebody has named, and how it is called. */
  readonly channel: string;
  readonly channelName: string;
  readonly month: string;
}

/** Nothing has ever been called that; each is as long as its like, so that no reply differs in length. */
export const NOBODYS: Identifiers = {
  tenantId: "nowhere1",
  keyId: "0".repeat(16),
  subject: "subject-of-none",
  sessionId: "A".repeat(24),
  recipeId: "00000000-0000-4000-8000-000000000001",
  jobId: `job_${"0".repeat(31)}`,
  scheduleId: `sch_${"A".repeat(16)}`,
  questionId: `req-${"0".repeat(31)}`,
  channel: "channel:name-of-none",
  channelName: "name-of-none",
  month: thisMonth(),
};

/** A tenant that looks for what is another's. */
export interface Prober {
  readonly tenantId: string;
  /** An owner's, who may everything: a token and an API key. */
  readonly credentials: readonly string[];
  /** What it looks for. */
  readonly ids: Identifiers;
}

/**
 * Beta, which keeps things; and two tenants that are made alike and do the same, one with beta's identifiers, the other
 * with some that name nothing. All that the two are told has to be the same.
 */
export interface TwoTenants {
  readonly cell: ApiCell;
  readonly api: DescribedApi;
  readonly operator: string;
  /** Beta's owner's. */
  readonly beta: string;
  readonly ids: Identifiers;
  readonly twins: readonly [Prober, Prober];
  /** A new tenant that keeps the like of what beta does. */
  another(tenantId: string): Promise<{ readonly token: string; readonly ids: Identifiers }>;
  /** All that is stored of beta, but for what its own calls are still summed up to. */
  stored(): string;
  close(): Promise<void>;
}

export async function twoTenants(): Promise<TwoTenants> {
  const toolkitFiles = [resolve(import.meta.dirname, "../fixtures/offering-toolkit.ts")];
  const cell = await apiCell({ toolkitFiles });
  const operator = cell.token({ tenant: "fleet", role: "operator" });
  const create = async (tenantId: string, name: string): Promise<string> => {
    const json = { tenantId, name, plan: "scale" };
    expectDone(await cell.ask("POST", "/api/tenants", { token: operator, json }));
    return cell.token({ tenant: tenantId, subject: "ann" });
  };
  const another = async (tenantId: string) => {
    const token = await create(tenantId, MARK);
    return { token, ids: await thingsOf(cell, tenantId, token) };
  };
  const prober = async (tenantId: string, ids: Identifiers): Promise<Prober> => {
    const token = await create(tenantId, "Twin");
    const made = expectDone(await createKey(cell, token, { name: "probe", role: "owner" }));
    return { tenantId, credentials: [token, z.object({ key: z.string() }).parse(made.json).key], ids };
  };
  const beta = await another("keeper-1");
  const twins = [await prober("twin-one", beta.ids), await prober("twin-two", NOBODYS)] as const;
  const api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
  const stored = (): string => storedOf("keeper-1", cell.dataDir);
  return { cell, api, operator, beta: beta.token, ids: beta.ids, twins, another, stored, close: () => cell.close() };
}

function thisMonth(): string {
  return new Date().toISOString().slice(0, "2027-01".length);
}

function createKey(cell: ApiCell, token: string, json: object): Promise<Told> {
  return cell.ask("POST", "/api/tenants/self/keys", { token, json });
}

/** One of everything that a tenant may keep. */
async function thingsOf(cell: ApiCell, tenantId: string, token: string): Promise<Identifiers> {
  const key = expectDone(await createKey(cell, token, { name: MARK, role: "viewer" }));
  const member = { role: "viewer", name: MARK };
  expectDone(await cell.ask("PUT", "/api/tenants/self/members/subject-of-some", { token, json: member }));
  const session = expectDone(await cell.ask("GET", "/api/sessions", { token }));
  const { sessionId } = z.object({ sessionId: z.string() }).parse(session.json);
  const json = { sessionId, updates: { userId: MARK } };
  expectDone(await cell.ask("POST", "/api/sessions", { token, json }));
  const recipe = expectDone(
    await callTool(cell, token, "cyberchef_recipe_create", {
      name: MARK,
      operations: [{ op: "To Base64", args: ["A-Za-z0-9+/="] }],
    }),
  );
  const [recipeId = "none"] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(recipe.text) ?? [];
  const { keyId } = z.object({ keyId: z.string() }).parse(key.json);
  const work = { ...(await workOf(cell, token)), ...(await peopleOf(cell, token)) };
  return { tenantId, keyId, subject: "subject-of-some", sessionId, recipeId, ...work, month: thisMonth() };
}

/** A job and a schedule for later, so that nothing changes them meanwhile. */
async function workOf(cell: ApiCell, token: string): Promise<Pick<Identifiers, "jobId" | "scheduleId">> {
  const tool = { tool: "cyberchef_bake", arguments: { input: MARK }, title: MARK };
  const job = await cell.ask("POST", "/api/jobs", { token, json: { ...tool, delayMs: 86_400_000 } });
  const { jobId } = z.object({ jobId: z.string() }).parse(expectDone(job).json);
  const schedule = await cell.ask("POST", "/api/schedules", { token, json: { ...tool, cron: "0 0 29 2 *" } });
  const { scheduleId } = z.object({ scheduleId: z.string() }).parse(expectDone(schedule).json);
  return { jobId, scheduleId };
}

/** A question that is open for long, and a message in a channel. */
async function peopleOf(
  cell: ApiCell,
  token: string,
): Promise<Pick<Identifiers, "questionId" | "channel" | "channelName">> {
  const json = { question: MARK, timeoutSeconds: 86_400 };
  const question = expectDone(await cell.ask("POST", "/api/questions", { token, json }));
  const { questionId } = z.object({ questionId: z.string() }).parse(question.json);
  const [channel, channelName] = ["channel:name-of-some", "name-of-some"];
  expectDone(await cell.ask("POST", "/api/messages", { token, json: { to: channel, body: MARK } }));
  return { questionId, channel, channelName };
}

/** What a test rests on is not what it finds out. */
export function expectDone(told: Told): Told {
  if (told.status >= 300 || told.text.includes('"error"')) throw new TypeError(`${told.status} ${told.text}`);
  return told;
}

export function mcp(cell: ApiCell, token: string, method: string, params: object, name?: string): Promise<Told> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
  };
  const headers = {
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(name !== undefined && { "mcp-name": name }),
  };
  return cell.ask("POST", "/mcp", {
    token,
    json: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } },
    headers,
  });
}

export function callTool(cell: ApiCell, token: string, name: string, args: object, more: object = {}): Promise<Told> {
  return mcp(cell, token, "tools/call", { name, arguments: args, ...more }, name);
}

/**
 * What two probers may be told differently: when and under which id it was, what is random, and by which of their own
 * names they were called.
 */
const OWN: readonly (readonly [RegExp, string])[] = [
  [/"requestId":"[^"]*"/g, "REQUEST"],
  [/"requestState":"[^"]*"/g, "STATE"],
  [/"client_id":"[^"]*","client_id_issued_at":\d+/g, "CLIENT"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME"],
  [/(?<![\w.])\d{13}\b/g, "TIME"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID"],
  [/job_[\w-]{31}/g, "JOB"],
  [/sch_[\w-]{16}/g, "SCHEDULE"],
  [/msg_[\w-]{22}/g, "MESSAGE"],
  [/req-[\w-]{31}/g, "QUESTION"],
  [/"ticket":"[^"]*"/g, "TICKET"],
  [/\b[0-9a-f]{64}\b/g, "HASH"],
  [/(?<=_[0-9a-f]{16}_)[\w-]{43}/g, "SECRET"],
  [/(?<![0-9a-f.])[0-9a-f]{16}(?![0-9a-f])/g, "KEY"],
  [/(?<=hyperpage-session=|"sessionId":")[\w-]{24}/g, "SESSION"],
  [/(?<=^etag: ")\w{8}(?=-\d+")/gm, "TIME"],
];

const TELLING_HEADERS = [
  "content-type",
  "etag",
  "allow",
  "www-authenticate",
  "location",
  "set-cookie",
  "mcp-session-id",
];

/** Everything in a reply that a prober could tell two cases apart by. */
export function toldTo({ tenantId, ids }: Prober, { status, headers, text }: Told): string {
  const shown = [status, ...TELLING_HEADERS.map((name) => `${name}: ${headers.get(name)}`), text].join("\n");
  const { month: _alike, ...different } = ids;
  const named = Object.entries({ ...different, own: tenantId }).reduce(
    (told, [name, value]) => told.replaceAll(value, `<${name}>`).replaceAll(encodeURIComponent(value), `<${name}>`),
    shown,
  );
  const alike = OWN.reduce((told, [pattern, word]) => told.replace(pattern, word), named);
  return alike.replace(RECEIPTS, (receipts) => receipts.split(BETWEEN).toSorted().join(","));
}

/** They come in the order of digests of subjects, and a key's subject is drawn. */
const RECEIPTS = /(?<="receipts":\[).+(?=\])/;
const BETWEEN = /(?<=\}),/;

/** Asks as the prober does. */
export function askAs(cell: ApiCell, token: string, { method, path, ...asked }: Probe): Promise<Told> {
  return cell.ask(method, path, { ...asked, token });
}

export interface Probe extends Omit<Asked, "token"> {
  readonly method: string;
  readonly path: string;
}

function storedOf(tenantId: string, dataDir: string): string {
  const file = new DatabaseSync(`${dataDir}/state.sqlite`, { readOnly: true });
  try {
    const [table] = file.prepare("select name from sqlite_master where type = 'table'").all();
    const rows = file.prepare(`select * from "${String(table?.name)}" order by pk, sk`).all();
    const own = rows.filter(({ pk, sk }) => isOf(tenantId, { pk: String(pk), sk: String(sk) }));
    return JSON.stringify({ own: own.map(withoutMarks), blobs: blobsOf(tenantId, dataDir) });
  } finally {
    file.close();
  }
}

/** When the cell itself has last looked at a count of what is used, which it does some seconds after its start. */
function withoutMarks(row: object): unknown {
  return JSON.parse(JSON.stringify(row).replace(/,\\"marked(?:Taken|AtEpochMs)\\":\d+/g, ""));
}

/** Rates and usage change with the tenant's own calls alone, and some time after them; its plan is noted by the day. */
function isOf(tenantId: string, { pk, sk }: { readonly pk: string; readonly sk: string }): boolean {
  if (pk.startsWith(`TENANT#${tenantId}#`)) return !/^TENANT#[^#]+#(?:USAGE|RATE|PLAN-DAY)/.test(pk);
  return pk.includes("#TENANT-") && sk.split("#").includes(tenantId);
}

function blobsOf(tenantId: string, dataDir: string): readonly string[] {
  return readdirSync(dataDir, { recursive: true, encoding: "utf8" })
    .filter((path) => path.split("/").includes(tenantId))
    .sort();
}
