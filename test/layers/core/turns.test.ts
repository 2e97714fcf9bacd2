import { expect, test } from "vitest";
import { Turns } from "../../../layers/core/turns.ts";

test("work of one name is done one after another, in the order in which it came, also after work that failed", async () => {
  const turns = new Turns();
  const told: string[] = [];
  const work =
    (name: string, isFailing = false) =>
    async () => {
      told.push(`${name} begins`);
      await new Promise(setImmediate);
      told.push(`${name} ends`);
      if (isFailing) throw new TypeError(name);
      return name;
    };

  const done = await Promise.allSettled([
    turns.take("a", work("first", true)),
    turns.take("a", work("second")),
    turns.take("a", work("third")),
  ]);

  expect(told).toEqual(["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"]);
  expect(done.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});

test("work of another name does not wait, and neither does what comes once all is done", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<string>();
  const waiting = turns.take("a", () => first.promise);

  expect(await turns.take("b", async () => "other")).toBe("other");
  first.resolve("one");

  expect(await waiting).toBe("one");
  expect(await turns.take("a", async () => "later")).toBe("later");
});
