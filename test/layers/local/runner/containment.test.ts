import { existsSync } from "node:fs";
import process from "node:process";
import { describe, expect, test } from "vitest";
import type { RunLimits, RunOrder, RunStatus } from "../../../../layers/core/ports/runner.ts";
import { allOutput, runOrder, untilExited, untilPrinted } from "../../../fixtures/awaited-run.ts";
import { eventually } from "../../../fixtures/eventually.ts";
import { freePort } from "../../../fixtures/free-port.ts";
import { type LocalRunner, testRunner } from "../../../fixtures/local-runner.ts";
import { isAlive, processesWith } from "../../../fixtures/processes.ts";
import { tenant } from "../../../fixtures/tenants.ts";

/** Programs that misbehave, each really run: what becomes of them, and that the runner goes on serving. */

const A = tenant("acme");
const MB = 1_000_000;
const { limits: LIMITS } = runOrder();

async function aShop(means: "all" | "watch"): Promise<LocalRunner> {
  const made = await testRunner(means);
  await made.makeFolder(A, "shop");
  return made;
}

/** Runs it to its end, and another run after it, which has to work. */
async function lived(
  { runner }: LocalRunner,
  order: Partial<Omit<RunOrder, "limits">> & { readonly limits?: Partial<RunLimits> },
): Promise<RunStatus> {
  const started = await runner.start(A, runOrder({ ...order, limits: { ...LIMITS, ...order.limits } }));
  expect(started).toMatchObject({ ok: true });
  const ended = await untilExited(runner, A, { runId: "run1" });
  await runner.start(A, runOrder({ runId: "next", command: { shell: "echo well" } }));
  expect(await allOutput(runner, A, { runId: "next" })).toMatchObject([{ text: "well" }]);
  return ended;
}

let marks = 0;
/** A number of seconds to sleep that no other program sleeps. */
const markedSeconds = (): string => `${100_000 + process.pid}.${++marks}`;

describe.each(["all", "watch"] as const)("with %s of what there is to contain a program", (means) => {
  test("one that ignores SIGTERM, as do its children and theirs, is ended whole when its grace is over", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();
    const shell = `trap '' TERM; (trap '' TERM; (sleep ${seconds}; echo) & sleep ${seconds}; echo) & echo up; sleep ${seconds}; echo`;
    await shop.runner.start(A, runOrder({ command: { shell }, graceMs: 300 }));
    await untilPrinted(shop.runner, A, { run: { runId: "run1" }, begin: "up" });
    await eventually(async () => expect(await processesWith(`sleep\0${seconds}`)).toHaveLength(3));

    await shop.runner.stop(A, { runId: "run1" });

    expect(await untilExited(shop.runner, A, { runId: "run1" })).toMatchObject({ reason: "stopped", exitCode: 137 });
    expect(await processesWith(seconds)).toEqual([]);
  });

  test("a daemon that leaves its parent, its group and its environment behind ends with its run", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();
    // It lives long enough beside its parent to be looked at.
    const daemon = `setsid sh -c 'env -i setsid sleep ${seconds} & sleep 5'`;
    const shell = `(${daemon} &); echo up; sleep 100`;
    await shop.runner.start(A, runOrder({ command: { shell }, graceMs: 300 }));
    await eventually(async () => expect((await processesWith(`sleep\0${seconds}`)).length).toBe(1));
    const [parent = Number.NaN] = await processesWith(`sh\0-c\0env -i setsid sleep ${seconds}`);
    expect(parent).toBeGreaterThan(0);
    await eventually(async () => expect(await isAlive(parent)).toBe(false));
    expect(await processesWith(`sleep\0${seconds}`)).toHaveLength(1);

    await shop.runner.stop(A, { runId: "run1" });

    await untilExited(shop.runner, A, { runId: "run1" });
    expect(await processesWith(seconds)).toEqual([]);
  });

  test("a daemon does not keep a run going whose program has ended", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();

    const ended = await lived(shop, { command: { shell: `(setsid sleep ${seconds} > /dev/null 2>&1 &); exit 3` } });

    expect(ended).toMatchObject({ reason: "exited", exitCode: 3 });
    expect(await processesWith(seconds)).toEqual([]);
  });

  test("one that allocates without end is ended, and why is known", async () => {
    const program = "const held = []; setInterval(() => held.push(Buffer.alloc(1e7, 1)), 20)";

    const ended = await lived(await aShop(means), {
      command: { argv: [process.execPath, "-e", program] },
      limits: { memoryBytes: 200 * MB },
    });

    expect(ended).toMatchObject({ reason: "memory_exceeded", detail: `more than ${200 * MB} bytes` });
    expect(ended.usage?.memoryBytes).toBeGreaterThan(200 * MB);
  });

  test("one that allocates as fast as it can is ended before it has much more than its share", async () => {
    const program = "const held = []; for (;;) held.push(Buffer.alloc(1e7, 1))";

    const ended = await lived(await aShop(means), {
      command: { argv: [process.execPath, "-e", program] },
      limits: { memoryBytes: 200 * MB },
    });

    // Where it comes to the system's own limit first it is refused more, and ends itself.
    expect(ended).toMatchObject({ reason: expect.stringMatching(/^(?:memory_exceeded|exited)$/) });
    expect(ended).not.toMatchObject({ exitCode: 0 });
    expect(ended.usage?.memoryBytes).toBeLessThan(3_000 * MB);
  });

  test("memory that its processes share counts once", async () => {
    const shell = `${process.execPath} -e "
      const { fork } = require('node:child_process');
      const held = Buffer.alloc(6e7, 1);
      setTimeout(() => process.exit(held.length === 6e7 ? 0 : 1), 1200)"`;
    const { runner } = await aShop(means);

    await runner.start(A, runOrder({ command: { shell }, limits: { ...LIMITS, memoryBytes: 250 * MB } }));

    expect(await untilExited(runner, A, { runId: "run1" })).toMatchObject({ reason: "exited", exitCode: 0 });
  });

  test("one that prints a gigabyte is ended at its share, and what it printed last is kept", async () => {
    const shop = await aShop(means);
    const line = "x".repeat(999);

    const ended = await lived(shop, {
      command: { shell: `yes ${line} | head -c 1000000000` },
      limits: { outputBytes: 20 * MB },
    });

    expect(ended).toMatchObject({ reason: "output_exceeded", detail: `more than ${20 * MB} bytes` });
    // At once, and not when somebody looks.
    expect(ended.usage?.outputBytes).toBeLessThan(21 * MB);
    const lines = await allOutput(shop.runner, A, { runId: "run1" });
    expect(lines.length * 1000).toBeGreaterThan(5 * MB);
    expect(lines.length * 1000).toBeLessThan(11 * MB);
    expect(new Set(lines.slice(0, -1).map(({ text }) => text))).toEqual(new Set([line]));
  });

  test("one that writes file after file is ended when its folder is full", async () => {
    const shell = "i=0; while :; do head -c 2000000 /dev/zero > file$i; i=$((i+1)); done";

    const ended = await lived(await aShop(means), { command: { shell }, limits: { diskBytes: 30 * MB } });

    expect(ended).toMatchObject({ reason: "disk_exceeded" });
  });

  test("what it leaves among its temporary files is of its share", async () => {
    const shell = `i=0; while :; do head -c 2000000 /dev/zero > "$TMPDIR/file$i"; i=$((i+1)); done`;

    const ended = await lived(await aShop(means), { command: { shell }, limits: { diskBytes: 30 * MB } });

    expect(ended).toMatchObject({ reason: "disk_exceeded" });
  });

  test("one that starts processes without end is ended, and all that it has started", async () => {
    const shop = await aShop(means);
    const seconds = markedSeconds();
    // 300 at most, each of them started by the one before and in a group of its own.
    const next = `n=$1; [ $n -lt 300 ] && setsid sh "$0" $((n+1)) "$2" & sleep "$2"`;
    await shop.runner.start(A, runOrder({ runId: "write", command: { shell: `printf '%s' '${next}' > bomb.sh` } }));
    await untilExited(shop.runner, A, { runId: "write" });

    const ended = await lived(shop, {
      command: { argv: ["sh", "bomb.sh", "0", seconds] },
      limits: { processCount: 20 },
    });

    expect(ended).toMatchObject({ reason: "processes_exceeded", detail: "more than 20 processes" });
    expect(await processesWith(seconds)).toEqual([]);
  });

  test("one that computes without end is ended after its processor time, all its processes together", async () => {
    const spin = "while :; do :; done";

    const ended = await lived(await aShop(means), {
      command: { shell: `(${spin}) & ${spin}` },
      limits: { cpuSeconds: 1 },
    });

    expect(ended).toMatchObject({ reason: "cpu_exceeded" });
  });

  test("one that listens on a port of the system's is ended, and its own port is its own", async () => {
    const port = await freePort();
    const server = (on: number | string): string => `require("node:net").createServer().listen(${on}, "127.0.0.1")`;
    const shop = await aShop(means);
    const own = { argv: [process.execPath, "-e", server("process.env.PORT")] } as const;
    await shop.runner.start(A, runOrder({ runId: "own", command: own, port }));
    await eventually(async () =>
      expect(await shop.runner.look(A, [{ runId: "own" }])).toMatchObject([{ isListening: true }]),
    );

    const ended = await lived(shop, { command: { argv: [process.execPath, "-e", server(RESERVED_PORT)] } });

    expect(ended).toMatchObject({ reason: "port_refused", detail: `port ${RESERVED_PORT} is reserved` });
    expect(await shop.runner.look(A, [{ runId: "own" }])).toMatchObject([{ state: "running" }]);
    await shop.runner.stop(A, { runId: "own" }, { force: true });
    await untilExited(shop.runner, A, { runId: "own" });
  });

  test("one that listens on another project's port before that project does is ended", async () => {
    const port = await freePort();
    const shop = await aShop(means);
    await shop.runner.start(A, runOrder({ runId: "quiet", command: { shell: "sleep 100" }, port }));

    const program = `require("node:net").createServer().listen(${port}, "127.0.0.1")`;
    const ended = await lived(shop, { command: { argv: [process.execPath, "-e", program] } });

    expect(ended).toMatchObject({ reason: "port_refused", detail: `port ${port} is another project's` });
    await shop.runner.stop(A, { runId: "quiet" }, { force: true });
    await untilExited(shop.runner, A, { runId: "quiet" });
  });

  test("one that other machines could reach is ended", async () => {
    const port = await freePort();
    const program = `import socket, time
s = socket.socket(); s.bind(("0.0.0.0", ${port})); s.listen(); time.sleep(100)`;
    const perl = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr=>"0.0.0.0:${port}", Listen=>1); sleep 100`;
    const argv = existsSync("/usr/bin/perl") ? (["perl", "-e", perl] as const) : (["python3", "-c", program] as const);

    const ended = await lived(await aShop(means), { command: { argv }, port });

    expect(ended).toMatchObject({ reason: "address_exposed" });
  });

  test("one that can't be found ends as shells tell it", async () => {
    const shop = await aShop(means);

    const ended = await lived(shop, { command: { shell: "no-such-program" } });

    expect(ended).toMatchObject({ reason: "exited", exitCode: 127 });
  });
});

/** Of those that the MCP Debug Host keeps. */
const RESERVED_PORT = 2_655;
