import { expect, test } from "vitest";
import { aProject, callWith, projectProcess, projectWorld } from "../../../fixtures/project-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

/** Literals on purpose: each operation is paid for, and waited for. */
test("a start writes nine times, a stop eight, and a look at what goes on never", async () => {
  const world = projectWorld();
  const shop = await aProject(projectProcess(world), acme);
  let writes = 0;
  const counted =
    <Args extends unknown[], T>(write: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      writes += 1;
      return write(...args);
    };
  const { get, query, put, update, delete: remove } = world.table;
  const table = { get, query, put: counted(put), update: counted(update), delete: counted(remove) };
  const { runs } = projectProcess({ ...world, table });
  const taken = async (work: Promise<unknown>): Promise<number> => {
    const before = writes;
    await work;
    return writes - before;
  };

  expect(await taken(runs.start(acme, shop, { asked: {}, call: callWith(world) }))).toBe(9);
  expect(await taken(runs.look(acme, shop))).toBe(0);
  expect(await taken(runs.list(acme))).toBe(0);
  expect(await taken(runs.stop(acme, shop, { call: callWith(world) }))).toBe(8);
});
