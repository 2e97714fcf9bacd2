import process from "node:process";
import type { Group, Measurements, Settings } from "../group.ts";
import { withDataDir } from "../http/served.ts";
import { percentile, spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { type Credential, type PeopledGate, peopledGate } from "./peopled-gate.ts";
import { refusals } from "./refusals.ts";

const PACE = {
  full: { rounds: 7, callsEach: 100_000, tenants: 1_000, keysEach: 100, pairs: 20_000 },
  quick: { rounds: 3, callsEach: 5_000, tenants: 10, keysEach: 10, pairs: 500 },
};
const MICROS = 1_000;

/** So many calls of one tenant beside each of another, of which its limit allows a tenth. */
const NOISE = 10;

export const tenants: Group = {
  about:
    "what it adds to a call to know who makes it, to hold it against the tenant's limits and to meter it, and whether a refusal's work tells what it was for",
  measure,
};

async function measure(settings: Settings): Promise<Measurements> {
  const { tenants: many, keysEach } = settings.quick ? PACE.quick : PACE.full;
  const rows: Row[] = [];
  const crowds = [
    { name: "one tenant", tenants: 1, keysEach: 1 },
    { name: `${many} tenants, ${keysEach} keys each`, tenants: many, keysEach },
  ];
  for (const crowd of crowds) {
    settings.progress(`making ${crowd.name}`);
    rows.push(
      ...(await withDataDir(async (dataDir) => {
        const gate = await peopledGate(dataDir, { ...crowd, requestsPerSecond: 999_999 });
        try {
          return await costs(gate, crowd.name, settings);
        } finally {
          await gate.close();
        }
      })),
    );
  }
  rows.push(await withDataDir((dataDir) => neighbours(dataDir, settings)));
  rows.push(...(await withDataDir((dataDir) => refusals(dataDir, settings))));
  return { comparisons: [], rows };
}

/** Each kind of credential in turn with calls that nobody lets in, so that whatever the machine does it does to all. */
async function costs(gate: PeopledGate, crowd: string, { quick, progress }: Settings): Promise<readonly Row[]> {
  const { rounds, callsEach } = quick ? PACE.quick : PACE.full;
  const kinds = { "an API key": gate.apiKeys, "a token seen before": gate.tokens };
  const micros = new Map<string, number[]>([["bare", []]]);
  const shares = new Map<string, number>();
  for (const credentials of Object.values(kinds)) for (const credential of credentials) await gate.call(credential);
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${crowd}`);
    micros.get("bare")?.push(await cpuMicros(callsEach, () => gate.bare()));
    for (const [name, credentials] of Object.entries(kinds)) {
      const operations = gate.operations();
      const taken = micros.get(name) ?? [];
      taken.push(await cpuMicros(callsEach, (index) => gate.call(at(credentials, index))));
      micros.set(name, taken);
      shares.set(name, (100 * (gate.operations() - operations)) / callsEach);
    }
  }
  const bare = spreadOf(micros.get("bare") ?? []).median;
  return Object.keys(kinds).flatMap((name): readonly Row[] => [
    {
      name: `CPU that a call takes more with ${name}, ${crowd}`,
      value: spreadOf(micros.get(name) ?? []).median - bare,
      unit: "µs",
      goal: { atMost: name === "an API key" ? 15 : 20 },
    },
    {
      name: `table operations a hundred calls, ${name}, ${crowd}`,
      value: shares.get(name) ?? Number.NaN,
      unit: "",
      goal: { atMost: 1 },
    },
  ]);
}

/** How much longer the slowest hundredth of a quiet tenant's calls take beside one who makes ten times what it may. */
async function neighbours(dataDir: string, { quick, progress }: Settings): Promise<Row> {
  const { rounds, pairs } = quick ? PACE.quick : PACE.full;
  progress("a noisy neighbour");
  const gate = await peopledGate(dataDir, { tenants: 2, keysEach: 1, requestsPerSecond: 1_000 });
  try {
    const [quiet, noisy] = gate.tokens;
    if (quiet === undefined || noisy === undefined) throw new TypeError("there are two tenants");
    const alone: number[] = [];
    const beside: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      alone.push(await quietMicros(gate, pairs, { quiet, noisy: undefined }));
      beside.push(await quietMicros(gate, pairs, { quiet, noisy }));
    }
    return {
      name: "a quiet tenant's 99th percentile beside a noisy one, over alone",
      value: spreadOf(beside).median / spreadOf(alone).median,
      unit: "×",
      goal: { atMost: 1.1 },
    };
  } finally {
    await gate.close();
  }
}

async function quietMicros(
  gate: PeopledGate,
  pairs: number,
  { quiet, noisy }: { readonly quiet: Credential; readonly noisy: Credential | undefined },
): Promise<number> {
  const tookMicros: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    for (let call = 0; noisy !== undefined && call < NOISE; call++) await gate.call(noisy);
    const startedMs = performance.now();
    await gate.call(quiet);
    tookMicros.push((performance.now() - startedMs) * MICROS);
  }
  return percentile(
    tookMicros.toSorted((left, right) => left - right),
    99,
  );
}

async function cpuMicros(calls: number, call: (index: number) => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index++) {
    if ((await call(index)) !== 200) throw new TypeError("a call was refused");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function at(credentials: readonly Credential[], index: number): Credential {
  const credential = credentials[index % credentials.length];
  if (credential === undefined) throw new TypeError("there is a credential at least");
  return credential;
}
