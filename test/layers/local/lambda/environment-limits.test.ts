import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvironmentPool, FunctionNotInitialized } from "../../../../layers/local/lambda/environment-pool.ts";
import type { HostedFunction } from "../../../../layers/local/lambda/hosted-function.ts";
import { LAMBDA_LIMITS } from "../../../../layers/local/lambda/limits.ts";
import { aFunction, anInvocation, answerIn, poolOf, streamIn, streaming } from "../../../fixtures/hosted-function.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const BEGAN_AT_MS = Date.UTC(2027, 0, 1);
const FOR_EVER = "await new Promise(() => setInterval(() => {}, 1e6));";

/** When a call ends. The remaining time is told by a look at the clock of its own, so both are of one millisecond. */
const ENDS_AT = `(context) => {
  for (;;) {
    const nowMs = Date.now();
    const endsAtMs = nowMs + context.getRemainingTimeInMillis();
    if (Date.now() === nowMs) return endsAtMs;
  }
}`;

test("the limits are those that Lambda documents", () => {
  expect(LAMBDA_LIMITS).toMatchObject({
    initTimeoutMs: 10_000,
    provisionedInitTimeoutMs: 130_000,
    eventBytesMax: 6_291_456,
    wholeReplyBytesMax: 6_291_556,
    streamedReplyBytesMax: 209_715_200,
  });
});

describe("bytes", () => {
  /** A text that takes so many bytes as JSON. */
  const textOf = (bytes: number): string => "x".repeat(bytes - 2);

  test("an event may have 6 MB, and not one byte more", async () => {
    const pool = await poolOf(await aFunction("export const handler = async (event) => event.length;"));

    const largest = await pool.invoke(anInvocation(textOf(6_291_456)));
    const larger = await pool.invoke(anInvocation(textOf(6_291_457)));

    expect(answerIn(largest)).toBe(6_291_454);
    expect(larger).toMatchObject({ kind: "error", error: { errorType: "RequestEntityTooLarge" } });
  });

  test("a reply in one piece may have 6 MB and a little, and not one byte more", async () => {
    const pool = await poolOf(await aFunction("export const handler = async (bytes) => 'x'.repeat(bytes - 2);"));

    const largest = await pool.invoke(anInvocation(6_291_556));
    const larger = await pool.invoke(anInvocation(6_291_557));
    const after = await pool.invoke(anInvocation(3));

    expect(largest).toMatchObject({ kind: "whole", body: { byteLength: 6_291_556 } });
    expect(larger).toEqual({
      kind: "error",
      error: {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      },
    });
    expect(answerIn(after)).toBe("x");
  });

  test("a streamed reply breaks off after its last byte that may be, and the function answers its next call", async () => {
    const of = await aFunction(streaming("stream.write(Buffer.alloc(event.bytes)); stream.end();"));
    const head = Buffer.byteLength('{"statusCode":201}') + 8;
    const limits = { ...LAMBDA_LIMITS, streamedReplyBytesMax: head + 1_000 };
    const pool = await poolOf(of, { limits });

    const largest = await streamIn(await pool.invoke(anInvocation({ bytes: 1_000 })));
    const larger = await streamIn(await pool.invoke(anInvocation({ bytes: 1_001 })));
    const after = await streamIn(await pool.invoke(anInvocation({ bytes: 1 })));

    expect(Buffer.concat(largest.chunks).byteLength).toBe(head + 1_000);
    expect(largest.broken).toBeUndefined();
    expect(larger.broken).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    expect(after.broken).toBeUndefined();
  });
});

describe("a call's time", () => {
  test("ends with the process, to the millisecond, and the next call gets a new one", async () => {
    const printed: string[] = [];
    const source = `export const handler = async ({ hang }) => {
      if (!hang) return process.pid; console.log("begun"); ${FOR_EVER} };`;
    const of = await aFunction(source, { timeoutMs: 900_000, log: (_id, text) => printed.push(String(text)) });
    const clock = manualClock();
    const pool = await poolOf(of, { clock });
    const pid = answerIn(await pool.invoke(anInvocation()));

    const hanging = pool.invoke(anInvocation({ hang: true }));
    await expect.poll(() => printed).toEqual(["begun\n"]);
    clock.advance(899_999);
    const before = isAlive(Number(pid));
    clock.advance(1);
    const hung = await hanging;

    expect(before).toBe(true);
    expect(hung).toEqual({
      kind: "error",
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 900\.00 seconds$/),
      },
    });
    expect(answerIn(await pool.invoke(anInvocation()))).not.toBe(pid);
  });

  test("is told to the function as the moment at which it ends", async () => {
    const source = `export const handler = async (_, context) => (${ENDS_AT})(context);`;
    const pool = await poolOf(await aFunction(source), { clock: manualClock(BEGAN_AT_MS) });

    expect(answerIn(await pool.invoke(anInvocation()))).toBe(BEGAN_AT_MS + 5_000);
  });

  test("ends a stream that is under way", async () => {
    const clock = manualClock();
    const pool = await poolOf(await aFunction(streaming(`stream.write("one"); ${FOR_EVER}`)), { clock });
    const outcome = await pool.invoke(anInvocation());

    clock.advance(5_000);

    expect(await streamIn(outcome)).toMatchObject({ broken: { errorType: "Sandbox.Timedout" } });
  });
});

/** A module whose starts are counted in its folder; each waits for a file of its own, and then the handler answers. */
const WAITING = `import { existsSync, readdirSync, writeFileSync } from "node:fs";
  const start = readdirSync(process.env.TMPDIR).filter((name) => name.startsWith("start-")).length + 1;
  writeFileSync(process.env.TMPDIR + "/start-" + start, "");
  while (!existsSync(process.env.TMPDIR + "/go-" + start)) await new Promise((go) => setTimeout(go, 5));
  export const handler = async (_, context) => ({ start, endsAtMs: (${ENDS_AT})(context) });`;

describe("a start", () => {
  interface Starting {
    readonly of: HostedFunction;
    readonly clock: ReturnType<typeof manualClock>;
    readonly printed: readonly string[];
    /** Resolves when so many starts have begun. */
    begun(count: number): Promise<void>;
    letGo(start: number): void;
  }

  async function starting(source: string, more: Partial<HostedFunction> = {}): Promise<Starting> {
    const printed: string[] = [];
    const of = await aFunction(source, { ...more, log: (id, text) => printed.push(`${id}: ${text}`) });
    const folder = join(of.temporaryDir, "echo-1");
    const startCount = (): number =>
      existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("start-")).length : 0;
    return {
      of,
      printed,
      clock: manualClock(BEGAN_AT_MS),
      begun: (count) => expect.poll(startCount).toBe(count),
      letGo: (start) => writeFileSync(join(folder, `go-${start}`), ""),
    };
  }

  test("that takes more than ten seconds is tried again, within the time of the call", async () => {
    const { of, clock, printed, begun, letGo } = await starting(WAITING);
    const calling = (await poolOf(of, { clock })).invoke(anInvocation());

    await begun(1);
    clock.advance(10_000);
    await begun(2);
    clock.advance(2_000);
    letGo(2);

    expect(answerIn(await calling)).toEqual({ start: 2, endsAtMs: BEGAN_AT_MS + 10_000 + 5_000 });
    expect(printed).toEqual(["echo-1: INIT_REPORT Init Duration: 10000.00 ms Phase: init Status: timeout\n"]);
  });

  test("that takes hardly less is not", async () => {
    const { of, clock, begun, letGo } = await starting(WAITING);
    const calling = (await poolOf(of, { clock })).invoke(anInvocation());

    await begun(1);
    clock.advance(9_999);
    letGo(1);

    expect(answerIn(await calling)).toEqual({ start: 1, endsAtMs: BEGAN_AT_MS + 9_999 + 5_000 });
  });

  test("that takes too long again takes the call's time with it", async () => {
    const { of, clock, begun } = await starting(WAITING);
    const calling = (await poolOf(of, { clock })).invoke(anInvocation());

    await begun(1);
    clock.advance(10_000);
    await begun(2);
    clock.advance(5_000);

    expect(await calling).toEqual({
      kind: "error",
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: "RequestId: 00000000-0000-4000-8000-000000000001 Error: Task timed out after 5.00 seconds",
      },
    });
  });

  test("that fails is tried again too", async () => {
    const source = WAITING.replace(/ {2}while.*\n/, "if (start === 1) throw new RangeError('too far');\n");
    const { of, clock, printed } = await starting(source);

    const outcome = await (await poolOf(of, { clock })).invoke(anInvocation());

    expect(answerIn(outcome)).toMatchObject({ start: 2 });
    expect(printed.at(-1)).toContain(
      "INIT_REPORT Init Duration: 0.00 ms Phase: init Status: error Error Type: RangeError\n",
    );
  });

  test.each([
    { timeoutMs: 5_000, limitMs: 130_000 },
    { timeoutMs: 900_000, limitMs: 900_000 },
  ])("that nobody waits for may take $limitMs ms where a call may take $timeoutMs", async ({ timeoutMs, limitMs }) => {
    const { of, clock, begun, letGo } = await starting(WAITING, { timeoutMs, provisionedCount: 1 });
    const inTime = EnvironmentPool.open(of, { clock });
    await begun(1);
    clock.advance(limitMs - 1);
    letGo(1);
    await (await inTime).close();

    const late = EnvironmentPool.open(of, { clock });
    await begun(2);
    clock.advance(limitMs);

    await expect(late).rejects.toThrow(FunctionNotInitialized);
  });
});

test("an environment that nobody calls is ended after a minute, and a provisioned one is kept", async () => {
  const clock = manualClock();
  const source = `export const handler = async () => { await new Promise((go) => setTimeout(go, 50)); return process.pid; };`;
  const pool = await poolOf(await aFunction(source, { provisionedCount: 1 }), { clock });
  const outcomes = await Promise.all([pool.invoke(anInvocation()), pool.invoke(anInvocation({}, 2))]);
  const pids = outcomes.map((outcome) => Number(answerIn(outcome)));

  clock.advance(30_000);
  const aliveBefore = pids.filter(isAlive);
  clock.advance(30_000);

  expect(aliveBefore).toEqual(pids);
  await expect
    .poll(() => {
      clock.advance(30_000);
      return pids.filter(isAlive).length;
    })
    .toBe(1);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
