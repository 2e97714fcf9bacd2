import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Runner, RunOutput, RunRef, RunStatus } from "../../../../layers/core/ports/runner.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";
import { aFargateRunner, putWorkspace } from "../../../fixtures/fargate-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const beta = tenant("beta");
const clock = systemClock();

async function aShop(place: Parameters<typeof aFargateRunner>[0] = {}) {
  const made = await aFargateRunner(place);
  await putWorkspace(made, acme, { name: "shop", files: { "web/hello.txt": "from the workspace\n" } });
  return made;
}

async function until(runner: Runner, run: RunRef, state: RunStatus["state"], tenantId: TenantId = acme) {
  for (const endMs = clock.nowMs() + 20_000; clock.nowMs() < endMs; ) {
    const [status] = await runner.look(tenantId, [run]);
    if (status?.state === state) return status;
    await clock.sleep(50);
  }
  throw new TypeError(`the run was never ${state}`);
}

async function printed(runner: Runner, run: RunRef): Promise<readonly RunOutput[]> {
  const { lines } = await runner.output(acme, run, { linesMax: 100, waitMs: 10_000 });
  return lines;
}

/** Where nobody waits for it, what has ended is still listed, as a zombie. */
function isRunning(pid = ""): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, "utf8"));
}

test("a run gets its workspace, runs in its folder, and is told of to its end", async () => {
  const { runner } = await aShop();
  const order = runOrder({ workingDirectory: "shop/web", command: { argv: ["cat", "hello.txt"] } });

  const started = await runner.start(acme, order);
  const ended = await until(runner, { runId: "run1" }, "exited");

  expect(started).toMatchObject({ ok: true, value: { state: "starting", runId: "run1", projectId: "proj1" } });
  expect(ended).toMatchObject({ reason: "exited", exitCode: 0, projectId: "proj1" });
  expect(await printed(runner, ended)).toMatchObject([
    { runId: "run1", stream: "stdout", text: "from the workspace", sequence: 1 },
  ]);
});

test("a run finds what was ordered in its environment, where to listen, and nothing of the task's own", async () => {
  const { runner } = await aShop();
  const order = runOrder({ command: { argv: ["env"] }, environment: { COLOUR: "red" }, port: 3_000 });

  await runner.start(acme, order);
  const ended = await until(runner, { runId: "run1" }, "exited");
  const lines = (await printed(runner, ended)).map(({ text }) => text);

  expect(lines).toEqual(expect.arrayContaining(["COLOUR=red", "HOST=0.0.0.0", "PORT=3000"]));
  expect(lines.join("\n")).not.toMatch(/SKEIN_|AWS_|X-Amz-Signature/);
});

describe("a second start of a run", () => {
  test("starts nothing, whatever it orders, and tells of the first", async () => {
    const { runner, fargate } = await aShop();
    const first = await runner.start(acme, runOrder({ command: { shell: "sleep 30" } }));

    const second = await runner.start(acme, runOrder({ command: { shell: "echo other" }, projectId: "proj2" }));

    expect(fargate.tasks).toHaveLength(1);
    expect(second).toMatchObject({ ok: true, value: { projectId: "proj1", place: first.ok ? first.value.place : "" } });
  });

  test("at the same time starts one", async () => {
    const { runner, fargate } = await aShop();
    const order = runOrder({ command: { shell: "sleep 30" } });

    const both = await Promise.all([runner.start(acme, order), runner.start(acme, order)]);

    expect(fargate.tasks).toHaveLength(1);
    expect(new Set(both.map((started) => started.ok && started.value.place)).size).toBe(1);
  });

  test("after a crash before the task was asked for starts it", async () => {
    const { runner, parts, fargate } = await aShop();
    const { call } = parts.ecs;
    Object.assign(parts.ecs, { call: () => Promise.reject(new TypeError("the process ended")) });
    await expect(runner.start(acme, runOrder())).rejects.toMatchObject({ code: "runner_unavailable" });
    Object.assign(parts.ecs, { call });

    const again = await runner.start(acme, runOrder());

    expect(again).toMatchObject({ ok: true });
    expect(fargate.tasks).toHaveLength(1);
  });

  test("by another tenant is another run", async () => {
    const { runner, fargate, blob } = await aShop();
    await putWorkspace({ blob }, beta, { name: "shop", files: {} });
    await runner.start(acme, runOrder({ command: { shell: "sleep 30" } }));

    await runner.start(beta, runOrder({ command: { shell: "sleep 30" } }));

    expect(fargate.tasks).toHaveLength(2);
  });
});

describe("a stop", () => {
  test("ends the run by SIGTERM, and says so", async () => {
    const { runner } = await aShop();
    const order = runOrder({
      command: { shell: "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done" },
    });
    await runner.start(acme, order);
    const running = await until(runner, { runId: "run1" }, "running");
    await printed(runner, running);

    const stopped = await runner.stop(acme, running);
    const ended = await until(runner, running, "exited");

    expect(stopped).toMatchObject({ ok: true });
    expect(ended).toMatchObject({ reason: "stopped", exitCode: 3 });
  });

  test("of one that ignores it ends all of its processes once its grace is over", async () => {
    const { runner } = await aShop();
    const shell = "trap '' TERM; (trap '' TERM; sleep 60) & echo $!; while :; do sleep 0.1; done";
    await runner.start(acme, runOrder({ command: { shell }, graceMs: 300 }));
    const running = await until(runner, { runId: "run1" }, "running");
    const [child] = await printed(runner, running);

    await runner.stop(acme, running);
    const ended = await until(runner, running, "exited");

    expect(ended).toMatchObject({ reason: "stopped", exitCode: 137, signal: "SIGKILL" });
    expect(isRunning(child?.text)).toBe(false);
  });

  test("of what has ended changes nothing, and of an unknown run is refused", async () => {
    const { runner, fargate } = await aShop();
    await runner.start(acme, runOrder());
    const ended = await until(runner, { runId: "run1" }, "exited");

    const again = await runner.stop(acme, ended);
    const unknown = await runner.stop(acme, { runId: "run2" });

    expect(again).toEqual({ ok: true, value: ended });
    expect(unknown).toEqual({ ok: false, problem: { reason: "run_unknown" } });
    expect(fargate.requests.map(({ operation }) => operation)).not.toContain("StopTask");
  });
});

test("another tenant that has a run's id and place neither sees nor stops it, nor reads what it printed", async () => {
  const { runner } = await aShop();
  await runner.start(acme, runOrder({ command: { shell: "echo secret; sleep 30" } }));
  const running = await until(runner, { runId: "run1" }, "running");
  await printed(runner, running);

  expect(await runner.look(beta, [running, { runId: "run1" }])).toEqual([]);
  expect(await runner.stop(beta, running)).toEqual({ ok: false, problem: { reason: "run_unknown" } });
  expect(await runner.output(beta, running, { linesMax: 10 })).toMatchObject({ lines: [] });
});

test("runs are told of in the order asked for, whether or not their place is known, without those that are unknown", async () => {
  const { runner } = await aShop();
  const started = await Promise.all(["a", "b"].map((runId) => runner.start(acme, runOrder({ runId }))));
  const [a] = started.map((each) => (each.ok ? each.value.place : ""));

  const told = await runner.look(acme, [
    { runId: "b" },
    { runId: "never" },
    { runId: "a", place: a ?? "" },
    { runId: "a", place: "no place at all" },
  ]);

  expect(told.map(({ runId }) => runId)).toEqual(["b", "a"]);
});

test("a running run with a port is reached at its own address, and any port is free for any", async () => {
  const { runner } = await aShop();
  await runner.start(acme, runOrder({ port: 3_000, command: { shell: "sleep 30" } }));

  expect(await until(runner, { runId: "run1" }, "running")).toMatchObject({
    address: { host: expect.stringMatching(/^127\./), port: 3_000 },
  });
  expect(await runner.portState(acme, 3_000)).toEqual({ state: "free" });
});

test("a run whose place AWS takes back has lost its host", async () => {
  const { runner, fargate } = await aShop();
  await runner.start(acme, runOrder({ command: { shell: "sleep 30" } }));
  const running = await until(runner, { runId: "run1" }, "running");

  fargate.interrupt(running.place);

  expect(await until(runner, running, "exited")).toMatchObject({
    reason: "host_lost",
    detail: "Your Spot Task was interrupted.",
  });
});

describe("what it printed", () => {
  test("is given page after page, with the streams apart", async () => {
    const { runner } = await aShop();
    await runner.start(acme, runOrder({ command: { shell: "echo one; echo two >&2; sleep 0.2; echo three" } }));
    const ended = await until(runner, { runId: "run1" }, "exited");

    const first = await runner.output(acme, ended, { linesMax: 2 });
    const second = await runner.output(acme, ended, { linesMax: 2, cursor: first.cursor });

    const lines = [...first.lines, ...second.lines];
    expect(first.lines).toHaveLength(2);
    expect(lines.map(({ stream, text }) => `${stream} ${text}`).sort()).toEqual([
      "stderr two",
      "stdout one",
      "stdout three",
    ]);
    expect(lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  test("is waited for, and no longer than asked", async () => {
    const { runner } = await aShop();
    await runner.start(acme, runOrder({ command: { shell: "sleep 30" } }));
    const running = await until(runner, { runId: "run1" }, "running");
    const beganMs = clock.nowMs();

    const page = await runner.output(acme, running, { linesMax: 10, waitMs: 400 });

    expect(page).toMatchObject({ lines: [], ended: false });
    expect(clock.nowMs() - beganMs).toBeGreaterThanOrEqual(390);
    expect(clock.nowMs() - beganMs).toBeLessThan(5_000);
  });
});

describe("a run that could not begin says why", () => {
  test.each([
    ["folder", { workingDirectory: "shop/none" }, "its folder is not in the workspace"],
    ["command", { command: { argv: ["no-such-program"] as const } }, "its command could not be started"],
  ])("for want of its %s", async (_what, changed, detail) => {
    const { runner } = await aShop();

    await runner.start(acme, runOrder(changed));

    expect(await until(runner, { runId: "run1" }, "exited")).toMatchObject({ reason: "start_failed", detail });
  });

  test("for want of a workspace that can be unpacked", async () => {
    const { runner, blob } = await aShop();
    const [stored] = (await blob.list("workspace/", { limit: 1 })).blobs;
    await blob.put(stored?.key ?? "", Buffer.from("no archive"));

    await runner.start(acme, runOrder());

    expect(await until(runner, { runId: "run1" }, "exited")).toMatchObject({
      reason: "start_failed",
      detail: expect.stringContaining("workspace could not be read"),
    });
  });
});

describe("a run over its limits is ended, and says which", () => {
  const { limits } = runOrder();
  test.each([
    ["lifetime_exceeded", "sleep 30", { lifetimeMs: 300 }],
    ["processes_exceeded", "for i in 1 2 3 4 5 6; do sleep 30 & done; wait", { processCount: 4 }],
    ["output_exceeded", "yes", { outputBytes: 100_000 }],
    ["cpu_exceeded", "while :; do :; done", { cpuSeconds: 0.3 }],
  ])("%s", async (reason, shell, changed) => {
    const { runner } = await aShop();

    await runner.start(acme, runOrder({ command: { shell }, limits: { ...limits, ...changed } }));

    expect(await until(runner, { runId: "run1" }, "exited")).toMatchObject({
      reason,
      exitCode: 137,
      signal: "SIGKILL",
    });
  });
});
