import { join } from "node:path";
import process from "node:process";
import type { Settings } from "../group.ts";
import { spreadOf } from "../measure/spread.ts";
import type { Row } from "../row.ts";
import { type RefusalCrowd, type RefusingProcess, refusalCrowd } from "./refusal-crowd.ts";

const PACE = { full: { rounds: 7, callsEach: 500 }, quick: { rounds: 3, callsEach: 50 } };

const KEYS = {
  wrong: "whose secret is wrong",
  absent: "that nobody has",
  revoked: "that was revoked",
  elsewhere: "of a tenant that there is not",
} as const;
const TOKENS = {
  forged: "whose signature is wrong",
  // Nothing is verified for it, and which keys an issuer has is public: what it saves tells nothing that is secret.
  foreign: "of a key that its issuer has not, so that no signature is checked",
} as const;
const KINDS = { ...KEYS, ...TOKENS };

type Kind = keyof typeof KINDS;

interface Work {
  readonly cpuMicros: number;
  /** On the table. */
  readonly operations: number;
}

/** What refusing one of each kind came to. */
type Round = ReadonlyMap<Kind, Work>;

/**
 * Whether the work of a refusal tells what it was for. Each round is a process of its own, which has seen none of the keys;
 * in it each kind is refused in turn, while the tenant whose keys they are calls all the time.
 *
 * What is left of a difference is the reading of the key's record where there is one: some microseconds beside a read that
 * takes DynamoDB milliseconds, and to nobody but who knows the key's id, which is 64 random bits.
 */
export async function refusals(dataDir: string, { quick, progress }: Settings): Promise<readonly Row[]> {
  const { rounds, callsEach } = quick ? PACE.quick : PACE.full;
  progress("making keys, and revoking some");
  const crowd = await refusalCrowd(join(dataDir, "state.sqlite"), callsEach);
  try {
    const measured: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}, refusals`);
      measured.push(await oneRound(crowd, { round, callsEach }));
    }
    return [
      ...rowsOf(measured, { names: KEYS, first: "wrong", what: "an API key" }),
      ...rowsOf(measured, { names: TOKENS, first: "forged", what: "a token" }),
    ];
  } finally {
    await crowd.close();
  }
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Keys and tokens apart: what a signature's check leaves of the caches would be the loss of whatever comes after it. */
async function oneRound(
  crowd: RefusalCrowd,
  { round, callsEach }: { readonly round: number; readonly callsEach: number },
): Promise<Round> {
  const gate = crowd.newProcess();
  const work = new Map<Kind, Work>();
  for (const names of [KEYS, TOKENS]) {
    const sums = KIND_NAMES.filter((kind) => kind in names).map((kind) => ({ kind, cpuMicros: 0, operations: 0 }));
    for (let call = 0; call < callsEach; call++) {
      for (const sum of (call + round) % 2 === 0 ? sums : sums.toReversed()) {
        const { cpuMicros, operations } = await refused(gate, { kind: sum.kind, crowd, call });
        sum.cpuMicros += cpuMicros / callsEach;
        sum.operations += operations / callsEach;
      }
    }
    for (const sum of sums) work.set(sum.kind, sum);
  }
  await gate.close();
  return work;
}

/** One refusal, after a call of the tenant's own. */
async function refused(
  gate: RefusingProcess,
  { kind, crowd, call }: { readonly kind: Kind; readonly crowd: RefusalCrowd; readonly call: number },
): Promise<Work> {
  if ((await gate.call(crowd.good)) !== 200) throw new TypeError("a good key was refused");
  const credential = crowd.bad[kind](call);
  const [before, operations] = [process.cpuUsage(), gate.operations()];
  const status = await gate.call(credential);
  const { user, system } = process.cpuUsage(before);
  if (status !== 401) throw new TypeError(`a credential ${KINDS[kind]} was answered ${status}`);
  return { cpuMicros: user + system, operations: gate.operations() - operations };
}

function rowsOf(
  rounds: readonly Round[],
  {
    names,
    first,
    what,
  }: { readonly names: Partial<Record<Kind, string>>; readonly first: Kind; readonly what: string },
): readonly Row[] {
  const all = KIND_NAMES.filter((kind) => kind in names);
  const each = (kind: Kind, quantity: keyof Work): readonly number[] =>
    rounds.map((round) => round.get(kind)?.[quantity] ?? Number.NaN);
  const base = each(first, "cpuMicros");
  return all.flatMap((kind) => {
    const cpu = each(kind, "cpuMicros");
    const ratios = cpu.map((micros, round) => micros / (base[round] ?? Number.NaN));
    const name = `CPU of refusing ${what} ${names[kind]}`;
    return [
      kind === first ? row(name, "µs", cpu) : row(`${name}, over one ${names[first]}`, "×", ratios),
      row(`table operations of refusing ${what} ${names[kind]}`, "", each(kind, "operations")),
    ];
  });
}

function row(name: string, unit: string, values: readonly number[]): Row {
  const { median, min, max } = spreadOf(values);
  return { name, value: median, unit, range: [min, max] };
}
