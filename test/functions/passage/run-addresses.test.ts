import { expect, test } from "vitest";
import { ADDRESS_DOUBTED_MS, ADDRESS_KEPT_MS, ADDRESSES_MAX } from "../../../functions/passage/limits.ts";
import { RunAddresses } from "../../../functions/passage/run-addresses.ts";
import type { RunStatus } from "../../../layers/core/ports/runner.ts";
import type { Project } from "../../../layers/core/project/project.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { projectThatRuns } from "../../fixtures/running-project.ts";
import { tenant } from "../../fixtures/tenants.ts";

const acme = tenant("acme");

function world() {
  const clock = manualClock();
  const looks: string[] = [];
  const state = { address: { host: "10.0.0.1", port: 3000 } as { host: string; port: number } | undefined };
  const addresses = new RunAddresses({
    store: { get: async () => undefined },
    isHere: (place) => place === "there",
    async look(tenantId, [run]): Promise<readonly RunStatus[]> {
      looks.push(`${tenantId}/${run?.runId}`);
      if (run === undefined || state.address === undefined) return [];
      const facts = { runId: run.runId, projectId: "p1", place: "there" };
      return [{ ...facts, state: "running", startedAtEpochMs: 0, address: state.address }];
    },
    clock,
  });
  return { clock, looks, state, addresses };
}

test("an address is looked at once for all calls of some seconds", async () => {
  const { addresses, clock, looks } = world();
  const project = projectThatRuns();

  const first = await addresses.addressOf(project);
  clock.advance(ADDRESS_KEPT_MS - 1);
  const second = await addresses.addressOf(project);
  clock.advance(1);
  await addresses.addressOf(project);

  expect([first, second]).toEqual([
    { host: "10.0.0.1", port: 3000 },
    { host: "10.0.0.1", port: 3000 },
  ]);
  expect(looks).toEqual(["acme/r1", "acme/r1"]);
});

test("of another run, and of another tenant's run of the same name, nothing is known by that", async () => {
  const { addresses, looks } = world();

  await addresses.addressOf(projectThatRuns());
  await addresses.addressOf(projectThatRuns({ runId: "r2" }));
  await addresses.addressOf(projectThatRuns({ tenantId: tenant("other") }));

  expect(looks).toEqual(["acme/r1", "acme/r2", "other/r1"]);
});

test("that a run has no address yet is believed for a second", async () => {
  const { addresses, clock, looks, state } = world();
  state.address = undefined;
  const project = projectThatRuns();

  const first = await addresses.addressOf(project);
  clock.advance(ADDRESS_DOUBTED_MS - 1);
  await addresses.addressOf(project);
  state.address = { host: "10.0.0.2", port: 3000 };
  clock.advance(1);

  expect([first, await addresses.addressOf(project)]).toEqual([undefined, { host: "10.0.0.2", port: 3000 }]);
  expect(looks.length).toBe(2);
});

test("an address where nobody was found is looked at again, but for one that is quite new", async () => {
  const { addresses, clock, looks } = world();
  const project = projectThatRuns();
  await addresses.addressOf(project);

  addresses.doubt(project);
  await addresses.addressOf(project);
  const atOnce = looks.length;
  clock.advance(ADDRESS_DOUBTED_MS);
  addresses.doubt(project);
  await addresses.addressOf(project);

  expect([atOnce, looks.length]).toEqual([1, 2]);
});

test("a project without an open run is nowhere, and nobody is asked", async () => {
  const { addresses, looks } = world();
  const { run: _run, ...stopped }: Project = projectThatRuns();

  expect(await addresses.addressOf(stopped)).toBeUndefined();
  expect(looks).toEqual([]);
});

test("a run of another region is elsewhere, and nobody is asked", async () => {
  const { addresses, looks } = world();

  expect(await addresses.addressOf(projectThatRuns({ place: "beyond" }))).toBe("elsewhere");
  expect(looks).toEqual([]);
});

test("only so many are known, and the first looked at is forgotten first", async () => {
  const { addresses, looks } = world();
  for (let run = 0; run <= ADDRESSES_MAX; run++) await addresses.addressOf(projectThatRuns({ runId: `r${run}` }));
  const before = looks.length;

  await addresses.addressOf(projectThatRuns({ runId: `r${ADDRESSES_MAX}` }));
  await addresses.addressOf(projectThatRuns({ runId: "r0" }));

  expect(looks.slice(before)).toEqual([`${acme}/r0`]);
});

test("a clock that goes back makes nothing younger", async () => {
  const { addresses, clock, looks } = world();
  await addresses.addressOf(projectThatRuns());

  clock.advance(-60_000);
  await addresses.addressOf(projectThatRuns());

  expect(looks.length).toBe(2);
});
