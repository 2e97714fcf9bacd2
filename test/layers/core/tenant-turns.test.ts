import { expect, test } from "vitest";
import { TenantTurns } from "../../../layers/core/tenant-turns.ts";
import { tenant } from "../../fixtures/tenants.ts";

const [acme, other, third] = [tenant("acme"), tenant("other"), tenant("third")];

/** Work that ends when it is told to, and in which order it was begun. */
function workshop(atOnceMax: number) {
  const turns = new TenantTurns(atOnceMax);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (of: typeof acme, name: string) =>
    turns.take(of, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { turns, begun, work, endOne };
}

test("so much goes on at once and no more", async () => {
  const { begun, work, endOne } = workshop(2);
  const all = ["a", "b", "c"].map((name) => work(acme, name));

  expect(begun).toEqual(["a", "b"]);
  await endOne();
  expect(begun).toEqual(["a", "b", "c"]);
  await endOne();
  await endOne();
  expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
});

test("tenants take turns, and what one has in the queue keeps its order", async () => {
  const { begun, work, endOne } = workshop(1);
  const all = [
    ...["a1", "a2", "a3", "a4"].map((name) => work(acme, name)),
    ...["b1", "b2"].map((name) => work(other, name)),
    work(third, "c1"),
  ];

  for (const _ of all) await endOne();

  expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

test("a place that is free again is had at once, also after work that failed", async () => {
  const { turns, begun, work, endOne } = workshop(1);
  await expect(turns.take(acme, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");

  const one = work(acme, "a");

  expect(begun).toEqual(["a"]);
  await endOne();
  expect(await one).toBe("a");
});
