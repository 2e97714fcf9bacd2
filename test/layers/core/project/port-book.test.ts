import { beforeEach, describe, expect, test } from "vitest";
import { ENTRY_UNUSED_MS, RUN_KEPT_MS } from "../../../../layers/core/project/limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import {
  type ProjectProcess,
  type ProjectWorld,
  projectProcess,
  projectWorld,
} from "../../../fixtures/project-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");
const shop = { projectId: "shop", runId: "r1" };

let world: ProjectWorld;
let ports: ProjectProcess["ports"];

beforeEach(() => {
  world = projectWorld();
  ports = projectProcess(world).ports;
});

const exactly = (port: number, tech?: "node") => ({ tech, exactly: port });

describe("a port that is asked for", () => {
  test("is had by one run at a time, and again once it was given back", async () => {
    expect(await ports.take(acme, exactly(3000), shop)).toEqual(ok(3000));
    expect(await ports.take(acme, exactly(3000), shop)).toEqual(ok(3000));

    const second = await ports.take(acme, exactly(3000), { projectId: "blog", runId: "r2" });

    expect(second).toEqual(
      refused({ reason: "port_in_use", port: 3000, projectId: "shop", suggestions: [3001, 3002, 3003] }),
    );
    await ports.giveBack(acme, 3000, shop);
    expect(await ports.take(acme, exactly(3000), { projectId: "blog", runId: "r2" })).toEqual(ok(3000));
  });

  test("that another tenant has is busy, and whose it is stays untold", async () => {
    await ports.take(other, exactly(3000), shop);

    const taken = await ports.take(acme, exactly(3000), shop);

    // The same run id is another run's under another tenant.
    expect(taken).toEqual(refused({ reason: "port_host_busy", port: 3000, suggestions: [3001, 3002, 3003] }));
    expect(await ports.look(acme, 3000)).toEqual(taken);
    expect(await ports.held(acme)).toEqual([]);
  });

  test("that something else listens on is busy, and stays nobody's", async () => {
    world.runner.busyPorts.add(3000).add(3001);

    expect(await ports.take(acme, exactly(3000), shop)).toEqual(
      refused({ reason: "port_host_busy", port: 3000, suggestions: [3002, 3003, 3004] }),
    );
    world.runner.busyPorts.clear();
    expect(await ports.take(acme, exactly(3000), shop)).toEqual(ok(3000));
  });

  test("that the machine keeps for itself is reserved", async () => {
    world.runner.reservedPorts.add(3000);

    expect(await ports.take(acme, exactly(3000), shop)).toEqual(
      refused({ reason: "port_system_reserved", port: 3000 }),
    );
    expect(await ports.look(acme, 3000)).toEqual(refused({ reason: "port_system_reserved", port: 3000 }));
  });

  test("outside of the ranges is refused before anybody is asked", async () => {
    world.runner.isDown = true;

    expect(await ports.take(acme, exactly(2601), shop)).toMatchObject({ problem: { reason: "port_system_reserved" } });
    expect(await ports.take(acme, exactly(4000, "node"), shop)).toMatchObject({
      problem: { reason: "port_wrong_range" },
    });
    expect(await ports.look(acme, 99_999)).toMatchObject({ problem: { reason: "port_invalid" } });
  });

  test("is had by one of ten who come at once", async () => {
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        projectProcess(world).ports.take(acme, exactly(3000), { projectId: "p", runId: `r${index}` }),
      ),
    );

    expect(taken.filter((each) => each.ok)).toHaveLength(1);
  });

  test("is not given back by a run that no longer has it", async () => {
    await ports.take(acme, exactly(3000), shop);

    await ports.giveBack(acme, 3000, { runId: "r0" });

    expect(await ports.held(acme)).toEqual([{ port: 3000, ...shop }]);
  });

  test("that is not kept is free after a while; one that is kept is the run's until long after its end", async () => {
    await ports.take(acme, exactly(3000), shop);
    await ports.take(acme, exactly(3001), shop);
    expect(await ports.keep(acme, 3001, shop)).toBe(true);
    world.clock.advance(ENTRY_UNUSED_MS + 1_000);

    expect(await ports.keep(acme, 3000, shop)).toBe(false);
    expect(await ports.held(acme)).toEqual([{ port: 3001, ...shop }]);
    world.clock.advance(RUN_KEPT_MS);
    expect(await ports.held(acme)).toEqual([]);
  });
});

describe("any port", () => {
  test("is first one that the project would like", async () => {
    world.runner.busyPorts.add(3100);

    expect(await ports.take(acme, { tech: "node", wanted: [4000, 3100, 3200] }, shop)).toEqual(ok(3200));
  });

  test("is one of the tech's range; of no known tech, of any", async () => {
    const taken = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const tech = index % 2 === 0 ? "php" : undefined;
        const port = await ports.take(acme, { tech }, { projectId: "p", runId: `r${index}` });
        return port.ok ? { tech, port: port.value } : undefined;
      }),
    );

    const numbers = taken.flatMap((each) => each?.port ?? []);
    expect(new Set(numbers).size).toBe(50);
    for (const each of taken) if (each?.tech === "php") expect(Math.trunc(each.port / 1_000)).toBe(8);
    expect(numbers.some((port) => port < 8_000)).toBe(true);
  });

  test("is found where hardly one is left, and told where there is none", async () => {
    for (let port = 8080; port <= 8980; port++)
      if (port !== 8500) await ports.take(acme, exactly(port), { ...shop, runId: `r${port}` });

    expect(await ports.take(acme, { tech: "php" }, shop)).toEqual(ok(8500));
    expect(await ports.take(acme, { tech: "php" }, { projectId: "late", runId: "late" })).toEqual(
      refused({ reason: "ports_exhausted", ranges: [{ first: 8080, last: 8980 }] }),
    );
  });
});

describe("where each run has an address of its own", () => {
  test("tenants do not meet", async () => {
    const own = projectProcess(world, { isShared: false }).ports;
    await own.take(other, exactly(3000), shop);

    expect(await own.take(acme, exactly(3000), { projectId: "blog", runId: "r9" })).toEqual(ok(3000));
    expect(await own.held(acme)).toEqual([{ port: 3000, projectId: "blog", runId: "r9" }]);
  });
});

describe("suggestions", () => {
  test("are free ports, tried out, from a given one on", async () => {
    world.runner.busyPorts.add(5001);
    await ports.take(other, exactly(5002), shop);

    expect(await ports.suggest(acme, { tech: "python" })).toEqual([5000, 5003, 5004]);
    expect(await ports.suggest(acme, { tech: "python", near: 5999, count: 2 })).toEqual([5999, 5000]);
    expect(await ports.suggest(acme, { near: 4999, count: 2 })).toEqual([4999, 5000]);
  });

  test("in place of a port are of its range, the next ones first and never itself, and of any range where it is in none", async () => {
    expect(await ports.suggestLike(acme, 3998)).toEqual([3999, 3000, 3001]);
    expect(await ports.suggestLike(acme, 3999)).toEqual([3000, 3001, 3002]);
    expect(await ports.suggestLike(acme, 2601)).toEqual([3000, 3001, 3002]);
    expect(await ports.suggestLike(acme, 65_535)).toEqual([3000, 3001, 3002]);
  });

  test("end after so many tries, also where everything is busy", async () => {
    for (let port = 3000; port <= 3999; port++) world.runner.busyPorts.add(port);

    expect(await ports.suggest(acme, { tech: "node" })).toEqual([]);
  });
});
