import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ORDER_BYTES_MAX, OUTPUT_LINE_BYTES_MAX, type Runner } from "../../layers/core/ports/runner.ts";
import { ok, refused } from "../../layers/core/result.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { allOutput, runOrder, untilExited, untilPrinted, untilRunning } from "../fixtures/awaited-run.ts";
import { tenant } from "../fixtures/tenants.ts";

export interface RunnerUnderTest {
  readonly runner: Runner;
  /** Makes an empty folder of that name in a tenant's workspace. */
  makeFolder(tenantId: TenantId, name: string): Promise<void>;
  /** A port that a run can be given. */
  freePort(): Promise<number>;
  close(): Promise<void>;
}

const A = tenant("acme");
const B = tenant("acme-two");

/** What every adapter of the port promises, of programs that really run. */
export function runnerContract(name: string, make: () => Promise<RunnerUnderTest>): void {
  describe(`the runner contract, on ${name}`, () => {
    let made: RunnerUnderTest;
    let runner: Runner;
    beforeEach(async () => {
      made = await make();
      runner = made.runner;
      await made.makeFolder(A, "shop");
    });
    afterEach(() => made.close());

    test("a run goes on when its start is acknowledged, and how it ended is told afterwards", async () => {
      const started = await runner.start(A, runOrder({ command: { shell: "echo hello; exit 3" } }));

      const ended = await untilExited(runner, A, { runId: "run1" });

      expect(started).toMatchObject({ ok: true, value: { runId: "run1", projectId: "proj1" } });
      expect(ended).toMatchObject({ runId: "run1", projectId: "proj1", reason: "exited", exitCode: 3 });
      expect(ended.endedAtEpochMs).toBeGreaterThanOrEqual(ended.startedAtEpochMs ?? Number.NaN);
    });

    test("a program is given its arguments as they are", async () => {
      const argv = ["printf", "%s\\n", "two words", "$HOME", '"quoted"', ""] as const;
      await runner.start(A, runOrder({ command: { argv } }));

      const lines = await allOutput(runner, A, { runId: "run1" });

      expect(lines.map(({ text }) => text)).toEqual(["two words", "$HOME", '"quoted"', ""]);
    });

    test("starting a run again starts nothing, whatever it orders and whether or not it has ended", async () => {
      const order = runOrder({ command: { shell: "echo first; sleep 0.2" } });
      const first = await Promise.all([runner.start(A, order), runner.start(A, order)]);
      await untilExited(runner, A, { runId: "run1" });

      const again = await runner.start(A, runOrder({ command: { shell: "echo second" }, workingDirectory: "gone" }));

      expect(first).toMatchObject([{ ok: true }, { ok: true }]);
      expect(again).toMatchObject({ ok: true, value: { state: "exited" } });
      const lines = await allOutput(runner, A, { runId: "run1" });
      expect(lines.map(({ text }) => text)).toEqual(["first"]);
    });

    test("a run that is stopped is asked to end, and says so in its own way", async () => {
      const shell = "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done";
      await runner.start(A, runOrder({ command: { shell }, graceMs: 20_000 }));
      await untilPrinted(runner, A, { run: { runId: "run1" }, begin: "up" });

      const stopped = await runner.stop(A, { runId: "run1" });

      expect(stopped).toMatchObject({ ok: true, value: { runId: "run1" } });
      expect(await untilExited(runner, A, { runId: "run1" })).toMatchObject({ reason: "stopped", exitCode: 7 });
      const lines = await allOutput(runner, A, { runId: "run1" });
      // A shell may tell on its standard error that what it waited for was ended.
      const printed = lines.filter(({ stream }) => stream === "stdout");
      expect(printed.map(({ text }) => text)).toEqual(["up", "bye"]);
    });

    test("a run that does not listen is ended when its grace is over", async () => {
      const shell = "trap '' TERM; echo up; while :; do sleep 0.05; done";
      await runner.start(A, runOrder({ command: { shell }, graceMs: 300 }));
      await untilPrinted(runner, A, { run: { runId: "run1" }, begin: "up" });

      await runner.stop(A, { runId: "run1" });

      expect(await untilExited(runner, A, { runId: "run1" })).toMatchObject({ reason: "stopped", exitCode: 137 });
    });

    test("stopping what has ended changes nothing, and what never was is unknown", async () => {
      await runner.start(A, runOrder());
      const ended = await untilExited(runner, A, { runId: "run1" });

      const stopped = await runner.stop(A, { runId: "run1" });
      const unknown = await runner.stop(A, { runId: "run2" });

      expect(stopped).toMatchObject({ ok: true, value: { state: "exited", reason: "exited", exitCode: 0 } });
      expect(await untilExited(runner, A, { runId: "run1" })).toEqual(ended);
      expect(unknown).toEqual(refused({ reason: "run_unknown" }));
    });

    test("a run past its lifetime is ended, and its reason is known", async () => {
      const { limits } = runOrder();
      const command = { shell: "sleep 100" };
      await runner.start(A, runOrder({ command, limits: { ...limits, lifetimeMs: 400 }, graceMs: 200 }));

      expect(await untilExited(runner, A, { runId: "run1" })).toMatchObject({ reason: "lifetime_exceeded" });
    });

    test("runs are told of in the order asked for, and those that are unknown are left out", async () => {
      for (const runId of ["run1", "run2"]) await runner.start(A, runOrder({ runId, projectId: runId }));

      const told = await runner.look(A, [{ runId: "run2" }, { runId: "none" }, { runId: "run1" }]);

      expect(told.map(({ runId }) => runId)).toEqual(["run2", "run1"]);
    });

    test("both streams come with their lines whole, in pages that go on where the last one ended", async () => {
      const shell = "echo out1; echo err1 >&2; printf 'no end'";
      await runner.start(A, runOrder({ command: { shell } }));
      await untilExited(runner, A, { runId: "run1" });

      const first = await runner.output(A, { runId: "run1" }, { linesMax: 1 });
      const { cursor } = first;
      const rest = await runner.output(A, { runId: "run1" }, { linesMax: 100, cursor });
      const over = await runner.output(A, { runId: "run1" }, { linesMax: 100, cursor: rest.cursor });

      const lines = [...first.lines, ...rest.lines];
      const textsOf = (of: string) => lines.filter(({ stream }) => stream === of).map(({ text }) => text);
      expect([textsOf("stdout"), textsOf("stderr")]).toEqual([["out1", "no end"], ["err1"]]);
      const sequences = lines.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));
      expect(first).toMatchObject({ lines: [{ runId: "run1" }], ended: false });
      expect(over).toMatchObject({ lines: [], ended: true });
    });

    test("bytes that are no UTF-8 are replaced, and a line that is too long comes in pieces", async () => {
      const shell = `printf 'a\\377\\376b\\n'; head -c ${OUTPUT_LINE_BYTES_MAX + 5} /dev/zero | tr '\\0' x; echo; echo end`;
      await runner.start(A, runOrder({ command: { shell } }));

      const lines = await allOutput(runner, A, { runId: "run1" });

      const texts = lines.map(({ text }) => text);
      expect(texts).toEqual(["a\ufffd\ufffdb", "x".repeat(OUTPUT_LINE_BYTES_MAX), "xxxxx", "end"]);
    });

    test("a run with a port is told where to listen", async () => {
      const port = await made.freePort();
      await runner.start(A, runOrder({ command: { shell: "echo at $PORT; sleep 100" }, port }));

      const running = await untilRunning(runner, A, { runId: "run1" });
      const told = await untilPrinted(runner, A, { run: { runId: "run1" }, begin: "at " });
      await runner.stop(A, { runId: "run1" }, { force: true });

      expect(running.address).toMatchObject({ port });
      expect(told).toBe(String(port));
      await untilExited(runner, A, { runId: "run1" });
    });

    test("the environment is what was ordered and a little more, and nothing of the host's own", async () => {
      await runner.start(A, runOrder({ command: { shell: "env" }, environment: { GREETING: "hello = you", CI: "" } }));

      const lines = await allOutput(runner, A, { runId: "run1" });

      const given = new Map(lines.map(({ text }) => [text.split("=")[0] ?? "", text]));
      expect(given.get("GREETING")).toBe("GREETING=hello = you");
      expect(given.get("CI")).toBe("CI=");
      for (const name of ["HOME", "PATH", "TMPDIR"]) expect(given.has(name)).toBe(true);
      for (const name of ["AWS_REGION", "VITEST", "NODE_ENV", "npm_config_user_agent"])
        expect(given.has(name)).toBe(false);
    });

    test.each(["1ST", "A-B", "", "HOME", "PORT"])("the environment can't have the name %j", async (wrong) => {
      const started = await runner.start(A, runOrder({ environment: { [wrong]: "x" } }));

      expect(started).toEqual(refused({ reason: "environment_refused", name: wrong }));
      expect(await runner.look(A, [{ runId: "run1" }])).toEqual([]);
    });

    test("an order that is too large is refused, with how large it may be", async () => {
      const started = await runner.start(A, runOrder({ environment: { LONG: "x".repeat(ORDER_BYTES_MAX) } }));

      expect(started).toMatchObject({
        ok: false,
        problem: { reason: "order_too_large", bytesMax: ORDER_BYTES_MAX },
      });
    });

    test.each(["../shop", "shop/../../acme-two", "/etc"])("the folder %s is outside", async (workingDirectory) => {
      const started = await runner.start(A, runOrder({ workingDirectory }));

      expect(started).toEqual(refused({ reason: "workspace_outside" }));
    });

    test("a folder that is not there is missing", async () => {
      const started = await runner.start(A, runOrder({ workingDirectory: "none" }));

      expect(started).toEqual(refused({ reason: "workspace_missing" }));
    });

    test("tenant A can't see tenant B's run, nor stop it, read it or learn whose port it is", async () => {
      await made.makeFolder(B, "shop");
      const port = await made.freePort();
      const run = { runId: "run1" };
      const theirs = await runner.start(B, runOrder({ command: { shell: "echo secret; sleep 100" }, port }));
      await untilPrinted(runner, B, { run, begin: "secret" });
      const place = theirs.ok ? theirs.value.place : "";

      const seen = await Promise.all([
        runner.look(A, [run, { ...run, place }]),
        runner.stop(A, { ...run, place }),
        runner.output(A, { ...run, place }, { linesMax: 10 }).then(({ lines }) => lines),
      ]);
      const [portOfB] = await Promise.all([runner.portState(A, port)]);

      expect(seen).toEqual([[], refused({ reason: "run_unknown" }), []]);
      expect(portOfB).not.toHaveProperty("by");
      expect(await runner.look(B, [run])).toMatchObject([{ state: "running" }]);
      expect(await runner.stop(B, run, { force: true })).toMatchObject(ok({ runId: "run1" }));
      await untilExited(runner, B, run);
    });

    test("two tenants' runs of one id are two runs", async () => {
      await made.makeFolder(B, "shop");
      await runner.start(A, runOrder({ command: { argv: ["echo", "a's"] } }));
      await runner.start(B, runOrder({ command: { argv: ["echo", "b's"] } }));

      const [ofA, ofB] = await Promise.all([A, B].map((each) => allOutput(runner, each, { runId: "run1" })));

      expect([ofA, ofB].map((lines) => lines?.map(({ text }) => text))).toEqual([["a's"], ["b's"]]);
    });
  });
}
