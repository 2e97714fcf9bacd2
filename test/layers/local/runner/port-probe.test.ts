import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isPortFree, isReserved } from "../../../../layers/local/runner/port-probe.ts";
import { runOrder, untilExited, untilRunning } from "../../../fixtures/awaited-run.ts";
import { freePort } from "../../../fixtures/free-port.ts";
import { testRunner } from "../../../fixtures/local-runner.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const A = tenant("acme");

async function taken(host: string): Promise<number> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host, port, ipv6Only: host.includes(":") }, resolve));
  onTestFinished(() => void server.close());
  return port;
}

test("a port that nobody listens on is free, and stays so for whoever asked", async () => {
  const port = await freePort();

  const answers = [await isPortFree(port), await isPortFree(port)];

  expect(answers).toEqual([true, true]);
});

test.each(["127.0.0.1", "0.0.0.0", "::1", "::", "127.0.0.2"])(
  "a port that somebody listens on at %s is not free",
  async (host) => {
    expect(await isPortFree(await taken(host))).toBe(false);
  },
);

test.each([
  [0, false],
  [1, true],
  [1023, true],
  [1024, false],
  [2600, false],
  [2601, true],
  [2699, true],
  [2700, false],
])("that port %i is reserved is %s", (port, expected) => {
  expect(isReserved(port)).toBe(expected);
});

test("what is known of a port is told: that nobody gets it, that it is free, that it is taken, and by which own run", async () => {
  const { runner, makeFolder } = await testRunner("all");
  await makeFolder(A, "shop");
  const [port, free, foreign] = [await freePort(), await freePort(), await taken("127.0.0.1")];
  await runner.start(A, runOrder({ command: { shell: "sleep 100" }, port }));
  await untilRunning(runner, A, { runId: "run1" });

  const states = await Promise.all([2601, free, foreign, port].map((each) => runner.portState(A, each)));
  const toOthers = await runner.portState(tenant("beta"), port);

  expect(states).toEqual([
    { state: "reserved" },
    { state: "free" },
    { state: "taken" },
    { state: "taken", by: { runId: "run1", projectId: "proj1" } },
  ]);
  expect(toOthers).toEqual({ state: "taken" });
});

test("a run is given no port that is reserved, another run's or another program's, and its own one is free again after it", async () => {
  const { runner, makeFolder } = await testRunner("all");
  await makeFolder(A, "shop");
  const [port, foreign] = [await freePort(), await taken("0.0.0.0")];
  const start = (runId: string, asked: number) =>
    runner.start(A, runOrder({ runId, port: asked, command: { shell: "sleep 100" } }));

  const first = await Promise.all([start("run1", port), start("run2", port)]);
  const refusals = [await start("run3", 2601), await start("run4", foreign), await start("run5", port)];
  const won = first.findIndex(({ ok }) => ok) === 0 ? "run1" : "run2";
  await runner.stop(A, { runId: won }, { force: true });
  await untilExited(runner, A, { runId: won });
  const after = await start("run6", port);

  expect(first.filter(({ ok }) => ok)).toHaveLength(1);
  expect(first.find(({ ok }) => !ok)).toMatchObject({ problem: { reason: "port_taken", port } });
  expect(refusals).toMatchObject([
    { problem: { reason: "port_reserved", port: 2601 } },
    { problem: { reason: "port_taken", port: foreign } },
    { problem: { reason: "port_taken", port } },
  ]);
  expect(after).toMatchObject({ ok: true });
});
