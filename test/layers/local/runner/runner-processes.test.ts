import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { chmod, mkdir, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { RunnerFault } from "../../../../layers/core/ports/runner.ts";
import { isolationHere } from "../../../../layers/local/runner/isolation.ts";
import { processRunner } from "../../../../layers/local/runner/process-runner.ts";
import { runnerFolder } from "../../../../layers/local/runner/runner-folder.ts";
import { RunnerLink } from "../../../../layers/local/runner/runner-link.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { allOutput, runOrder, untilExited, untilPrinted, untilRunning } from "../../../fixtures/awaited-run.ts";
import { eventually } from "../../../fixtures/eventually.ts";
import { endRunners, type LocalRunner, runnersOf, testRunner } from "../../../fixtures/local-runner.ts";
import { isAlive, processesWith } from "../../../fixtures/processes.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const A = tenant("acme");
const RUN = { runId: "run1" };
const CELL = resolve(import.meta.dirname, "../../../fixtures/runner-cell.ts");

async function aShop(means: "all" | "watch" = "all"): Promise<LocalRunner> {
  const made = await testRunner(means);
  await made.makeFolder(A, "shop");
  return made;
}

let marks = 0;
const markedSeconds = (): string => `${200_000 + process.pid}.${++marks}`;

describe.each(["all", "watch"] as const)("with %s of what there is to keep programs together", (means) => {
  test("a kill -9 of the cell stops no project: the next cell finds it, reads on and stops it", async () => {
    const shop = await aShop(means);
    const shell = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done";
    const cell = spawn(process.execPath, [CELL, shop.dataDir, means, shell], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(createInterface(cell.stdout), "line");
    await untilPrinted(shop.runner, A, { run: RUN, begin: "line 3" });

    cell.kill("SIGKILL");
    await once(cell, "exit");
    const next = await shop.another();
    const running = await untilRunning(next, A, RUN);
    const printedBefore = (await next.output(A, RUN, { linesMax: 1_000 })).lines.length;
    await untilPrinted(next, A, { run: RUN, begin: `line ${printedBefore + 5}` });
    await next.stop(A, RUN);

    expect(JSON.parse(String(said))).toMatchObject({ ok: true });
    expect(await untilExited(next, A, RUN)).toMatchObject({
      reason: "stopped",
      startedAtEpochMs: running.startedAtEpochMs,
    });
    const lines = (await allOutput(next, A, RUN)).filter(({ text }) => text.startsWith("line"));
    expect(lines.map(({ text }) => text)).toEqual(lines.map((_, index) => `line ${index + 1}`));
  });

  test("a kill -9 of the runner leaves nothing running unseen: its projects end, and say why", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();
    await shop.runner.start(
      A,
      runOrder({ command: { shell: `(setsid sleep ${seconds} &); echo up; sleep ${seconds}` } }),
    );
    await untilPrinted(shop.runner, A, { run: RUN, begin: "up" });
    const [pid = Number.NaN] = await runnersOf(shop.dataDir);

    process.kill(pid, "SIGKILL");

    // The cell that spoke to it starts another one, without being asked for anything.
    await vi.waitFor(async () => expect(await processesWith(seconds)).toEqual([]), { timeout: 15_000 });
    expect(await untilExited(shop.runner, A, RUN)).toMatchObject({ reason: "host_lost" });
    await shop.runner.start(A, runOrder({ runId: "next" }));
    expect(await untilExited(shop.runner, A, { runId: "next" })).toMatchObject({ reason: "exited", exitCode: 0 });
  });

  test("where cell and runner are killed together, the next cell ends what is left before anybody asks", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();
    await shop.runner.start(
      A,
      runOrder({ command: { shell: `(setsid sleep ${seconds} &); echo up; sleep ${seconds}` } }),
    );
    await untilPrinted(shop.runner, A, { run: RUN, begin: "up" });
    const [pid = Number.NaN] = await runnersOf(shop.dataDir);
    shop.runner.close();
    process.kill(pid, "SIGKILL");
    await eventually(async () => expect(await isAlive(pid)).toBe(false));

    const next = await shop.another();

    await vi.waitFor(async () => expect(await processesWith(seconds)).toEqual([]), { timeout: 15_000 });
    expect(await untilExited(next, A, RUN)).toMatchObject({ reason: "host_lost" });
  });

  test("a runner without runs ends itself, and the next start has one again", async () => {
    const shop = await aShop(means);
    await shop.runner.start(A, runOrder());
    const [first = Number.NaN] = await runnersOf(shop.dataDir);
    await vi.waitFor(async () => expect(await isAlive(first)).toBe(false), { timeout: 15_000 });

    const ended = await shop.runner.look(A, [RUN]);
    const runnersAfterLook = await runnersOf(shop.dataDir);
    await shop.runner.start(A, runOrder({ runId: "next" }));

    expect(ended).toMatchObject([{ state: "exited", exitCode: 0 }]);
    expect(runnersAfterLook).toEqual([]);
    expect(await untilExited(shop.runner, A, { runId: "next" })).toMatchObject({ exitCode: 0 });
  });
});

test.runIf(isolationHere().unshare !== undefined)(
  "where a run has process ids of its own, all of it ends with the runner, with nobody there to see to it",
  async () => {
    const shop = await aShop();
    const seconds = markedSeconds();
    const daemon = `(env -i setsid sleep ${seconds} &)`;
    await shop.runner.start(A, runOrder({ command: { shell: `${daemon}; echo up; sleep ${seconds}` } }));
    await untilPrinted(shop.runner, A, { run: RUN, begin: "up" });
    const [pid = Number.NaN] = await runnersOf(shop.dataDir);
    shop.runner.close();

    process.kill(pid, "SIGKILL");

    await vi.waitFor(async () => expect(await processesWith(seconds)).toEqual([]), { timeout: 15_000 });
    expect(await runnersOf(shop.dataDir)).toEqual([]);
  },
);

test("cells that start at once share one runner", async () => {
  const shop = await aShop();
  const cells = [shop.runner, await shop.another(), await shop.another()];

  const started = await Promise.all(
    cells.map((cell, index) => cell.start(A, runOrder({ runId: `run${index}`, command: { shell: "sleep 100" } }))),
  );

  expect(started).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
  await vi.waitFor(async () => expect(await runnersOf(shop.dataDir)).toHaveLength(1), { timeout: 15_000 });
  const [first] = cells;
  expect(await first?.look(A, [{ runId: "run1" }, { runId: "run2" }])).toHaveLength(2);
});

test("the runner's process holds nothing of the environment of who started it but where programs are and how to speak", async () => {
  vi.stubEnv("SKEIN_TEST_SECRET", "sk_acme_secret");
  vi.stubEnv("NODE_OPTIONS", "--no-warnings");
  onTestFinished(() => void vi.unstubAllEnvs());
  const shop = await aShop();
  await shop.runner.start(A, runOrder({ command: { shell: "env; sleep 100" } }));
  const [pid] = await runnersOf(shop.dataDir);

  const environment = await readFile(`/proc/${pid}/environ`, "utf8");
  await untilRunning(shop.runner, A, RUN);
  const { lines } = await eventually(async () => {
    const page = await shop.runner.output(A, RUN, { linesMax: 100 });
    if (page.lines.length === 0) throw new Error("nothing was printed");
    return page;
  });

  const names = environment.split("\0").map((entry) => entry.split("=")[0] ?? "");
  const allowed = ["", "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"];
  expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(lines.filter(({ text }) => /secret|no-warnings/.test(text))).toEqual([]);
});

test("nobody but its owner can speak to the runner, or look into its folder", async () => {
  const shop = await aShop();
  await shop.runner.start(A, runOrder());
  const { path, socket, log, runs } = runnerFolder(shop.dataDir);

  const modes = await Promise.all([path, socket].map(async (place) => (await stat(place)).mode & 0o777));

  expect(modes).toEqual([0o700, 0o600]);
  expect([log, runs].every((file) => file.startsWith(path))).toBe(true);
});

test("a folder that others may write to is not used", async () => {
  const dataDir = await testFolder();
  await mkdir(join(dataDir, "projects"));
  await chmod(join(dataDir, "projects"), 0o770);

  const opening = processRunner({ dataDir, given: [], clock: systemClock(), report: () => {} });

  await expect(opening).rejects.toMatchObject({ code: "runner_folder_open" });
});

test("a data folder whose path is too long for a socket has its socket elsewhere, for its owner alone", async () => {
  const dataDir = join(await testFolder(), "long".repeat(30));
  await mkdir(join(dataDir, "workspaces", A, "shop"), { recursive: true });
  const runner = await processRunner({ dataDir, given: [], clock: systemClock(), idleEndMs: 10_000, report: () => {} });
  const { socket } = runnerFolder(dataDir);
  onTestFinished(async () => {
    runner.close();
    await endRunners(dataDir);
    await rm(dirname(socket), { recursive: true, force: true });
  });

  await runner.start(A, runOrder());

  expect(await untilExited(runner, A, RUN)).toMatchObject({ exitCode: 0 });
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103);
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
});

test("a runner of another version says so, and goes on", async () => {
  const shop = await aShop();
  await shop.runner.start(A, runOrder());
  const connection = connect(runnerFolder(shop.dataDir).socket);

  connection.write(`${JSON.stringify({ id: 7, version: 0, request: { kind: "dance" } })}\n`);
  const [line] = await once(createInterface(connection), "line");
  connection.destroy();

  expect(JSON.parse(String(line))).toMatchObject({ id: 7, kind: "fault", code: "runner_version_differs" });
  expect(await shop.runner.start(A, runOrder({ runId: "next" }))).toMatchObject({ ok: true });
});

test.each(["no json", '"a text"', "{}"])("who says %s to the runner is left, and others are served", async (line) => {
  const shop = await aShop();
  await shop.runner.start(A, runOrder());
  const connection = connect(runnerFolder(shop.dataDir).socket);

  connection.write(`${line}\n`);
  await once(connection, "close");

  expect(await shop.runner.start(A, runOrder({ runId: "next" }))).toMatchObject({ ok: true });
});

test("a cell that has let go of the runner asks it nothing more", async () => {
  const shop = await aShop();
  shop.runner.close();

  const stopping = shop.runner.stop(A, RUN);

  await expect(stopping).rejects.toBeInstanceOf(RunnerFault);
});

test("a program that can't be launched where it is to run has ended, and its reason is known", async () => {
  const shop = await aShop();
  const folder = runnerFolder(shop.dataDir);
  const link = new RunnerLink({ folder, clock: systemClock(), settings: { means: "all" }, onLost: () => {} });
  onTestFinished(() => link.close());

  await link.ask({ kind: "start", tenantId: A, order: runOrder(), folder: "/gone" });

  const ended = await untilExited(shop.runner, A, RUN);
  expect(ended).toMatchObject({ reason: "start_failed" });
  expect(ended).not.toHaveProperty("exitCode");
  expect(ended).not.toHaveProperty("startedAtEpochMs");
});

test("a run's temporary files go with it, and what it leaves in its folder and its home stays", async () => {
  const shop = await aShop();
  const shell = 'touch "$TMPDIR/a" b "$HOME/c"; echo $TMPDIR; echo $HOME';
  await shop.runner.start(A, runOrder({ command: { shell } }));

  const [temporary = "", home = ""] = (await allOutput(shop.runner, A, RUN)).map(({ text }) => text);

  await eventually(() => expect(existsSync(temporary)).toBe(false));
  expect(home.startsWith(join(realpathSync(shop.dataDir), "workspaces/acme/"))).toBe(true);
  expect([join(home, "c"), join(shop.dataDir, "workspaces/acme/shop/b")].map((file) => existsSync(file))).toEqual([
    true,
    true,
  ]);
});

test("a hundred runs ordered at once all run, each with its own end", async () => {
  const shop = await aShop();
  const ids = Array.from({ length: 100 }, (_, index) => `run${index}`);

  await Promise.all(
    ids.map((runId, index) => shop.runner.start(A, runOrder({ runId, command: { shell: `exit ${index}` } }))),
  );

  const ended = await Promise.all(ids.map((runId) => untilExited(shop.runner, A, { runId })));
  expect(ended.map(({ exitCode }) => exitCode)).toEqual(ids.map((_, index) => index));
});
