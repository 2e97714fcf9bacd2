import type { Group } from "./group.ts";
import { withDataDir } from "./http/served.ts";
import { CallWentWrong, initialize, modernCall, openSession } from "./io/mcp-calls.ts";
import { type MeteredCell, meteredCell } from "./io/metered-cell.ts";
import { NO_USE, type StoreUse } from "./io/metered-stores.ts";
import { PRICE_PER_MILLION } from "./prices.ts";
import type { Row } from "./row.ts";

const CALLS = { full: 50, quick: 5 };

export const io: Group = {
  about:
    "operations on the stores that a call takes, through the functions' handlers, and their list price in us-east-1",
  measure: ({ quick, progress }) =>
    withDataDir(async (dataDir) => {
      const cell = await meteredCell(dataDir);
      try {
        const rows: Row[] = [];
        for (const kind of await kinds(cell)) {
          progress(kind.name);
          rows.push(...rowsOf(kind, await useOf(cell, kind, quick ? CALLS.quick : CALLS.full)));
        }
        return { comparisons: [], rows: [...rows, requestPrice] };
      } finally {
        await cell.close();
      }
    }),
};

interface Kind {
  readonly name: string;
  call(): Promise<unknown>;
  readonly readsMax?: number;
  readonly writesMax?: number;
}

/** What every call pays whatever it does, the time of its function apart. */
const requestPrice: Row = {
  name: "any call: REST API and Lambda requests",
  value: PRICE_PER_MILLION.restRequest + PRICE_PER_MILLION.lambdaRequest,
  unit: "$ a million",
};

async function kinds(cell: MeteredCell): Promise<readonly Kind[]> {
  return [...(await mcpKinds(cell)), ...(await sessionKinds(cell)), ...(await recipeKinds(cell))];
}

async function mcpKinds({ mcp }: MeteredCell): Promise<readonly Kind[]> {
  const session = await openSession(mcp);
  const args = { message: "hello" };
  const none = { readsMax: 0, writesMax: 0 };
  return [
    { name: "tools/call, 2026-07-28", call: () => modernCall(mcp, "change", args), ...none },
    { name: "initialize, 2025-11-25", call: () => initialize(mcp) },
    {
      name: "tools/call that only reads, 2025-11-25",
      call: () => session.call("look", args),
      readsMax: 1,
      writesMax: 0,
    },
    { name: "tools/call that may change something, 2025-11-25", call: () => session.call("change", args) },
    { name: "tools/call with a reply of 500 KB, 2025-11-25", call: () => session.call("report", args) },
    { name: "tools/call that asks a person, all of it, 2025-11-25", call: () => session.call("ask", args) },
  ];
}

async function sessionKinds({ sessions }: MeteredCell): Promise<readonly Kind[]> {
  const begin = () => sessions({ method: "GET", headers: {} });
  const { sessionId }: { sessionId?: unknown } = JSON.parse((await begin()).text);
  if (typeof sessionId !== "string") throw new CallWentWrong("no user session was begun");
  const headers = { "content-type": "application/merge-patch+json" };
  const query = `sessionId=${sessionId}`;
  let layoutCount = 0;
  const change = () => {
    const dashboardLayout = `layout ${++layoutCount}`;
    const body = Buffer.from(JSON.stringify({ uiState: { dashboardLayout } }));
    return sessions({ method: "PATCH", query, headers, body });
  };
  return [
    { name: "user session begun", call: begin },
    {
      name: "user session read",
      call: () => sessions({ method: "GET", query, headers: {} }),
      readsMax: 1,
      writesMax: 0,
    },
    { name: "user session written", call: change },
  ].map((kind) => ({ ...kind, call: async () => succeeded(await kind.call()) }));
}

function succeeded({ status, text }: Awaited<ReturnType<MeteredCell["sessions"]>>): void {
  if (status >= 300) throw new CallWentWrong(`${status} ${text}`);
}

async function recipeKinds({ mcp }: MeteredCell): Promise<readonly Kind[]> {
  const draft = { name: "Shout", operations: [{ op: "From Base64" }, { op: "To Upper case" }] };
  const create = () => modernCall(mcp, "cyberchef_recipe_create", draft);
  const { id } = JSON.parse(await create());
  let input = 0;
  const execute = () =>
    modernCall(mcp, "cyberchef_recipe_execute", { id, input: Buffer.from(`input ${++input}`).toString("base64") });
  return [
    { name: "recipe created, 2026-07-28", call: create },
    { name: "recipe run, 2026-07-28", call: execute, readsMax: 1, writesMax: 0 },
  ];
}

/** The mean of so many calls, after a first one that may load and look up what later ones know. */
async function useOf({ meter }: MeteredCell, { call }: Kind, calls: number): Promise<StoreUse> {
  await call();
  meter.reset();
  for (let count = 0; count < calls; count++) await call();
  const total = Object.entries(meter.reset()).map(([name, value]) => [name, value / calls] as const);
  return { ...NO_USE, ...Object.fromEntries(total) };
}

function rowsOf({ name, readsMax, writesMax }: Kind, use: StoreUse): readonly Row[] {
  const counted = { unit: "a call" };
  const priced = { unit: "$ a million" };
  const goal = (atMost: number | undefined) => atMost !== undefined && { goal: { atMost } };
  return [
    { name: `${name}: table reads`, value: use.tableReads, ...counted, ...goal(readsMax) },
    { name: `${name}: table writes`, value: use.tableWrites, ...counted, ...goal(writesMax) },
    { name: `${name}: blob operations`, value: use.blobReads + use.blobWrites, ...counted },
    { name: `${name}: stores, one region`, value: storePrice(use, 1), ...priced },
    { name: `${name}: stores, two regions`, value: storePrice(use, 2), ...priced },
  ];
}

/** A write is paid in each region of the table, a read where it is made. Transfer between regions is not in it. */
export function storePrice(use: StoreUse, regionCount: number): number {
  const table = use.readUnits * PRICE_PER_MILLION.readUnit + use.writeUnits * PRICE_PER_MILLION.writeUnit * regionCount;
  return table + use.blobReads * PRICE_PER_MILLION.blobRead + use.blobWrites * PRICE_PER_MILLION.blobWrite;
}
