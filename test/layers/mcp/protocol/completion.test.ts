import { expect, test } from "vitest";
import { makeCatalogue } from "../../../../layers/mcp/catalogue/catalogue.ts";
import { COMPLETION_TIMEOUT_MS } from "../../../../layers/mcp/limits.ts";
import { complete } from "../../../../layers/mcp/protocol/completion.ts";
import {
  type Completer,
  definePrompt,
  defineResource,
  defineResourceTemplate,
} from "../../../../layers/mcp/toolkit/tool.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

const beginning: Completer = (begun, others) => ["alpha", "beta", others.lang ?? ""].filter((v) => v.startsWith(begun));
const numbers =
  (count: number): Completer =>
  () =>
    Array.from({ length: count }, (_, n) => `v${n}`);
const catalogue = makeCatalogue([
  [
    definePrompt({
      name: "greet",
      arguments: [
        { name: "who", complete: beginning },
        { name: "free" },
        { name: "many", complete: numbers(101) },
        { name: "full", complete: numbers(100) },
        { name: "slow", complete: () => new Promise(() => {}) },
      ],
      get: () => "",
    }),
    defineResourceTemplate({ name: "t", uriTemplate: "t:{id}", complete: { id: async () => ["1"] }, read: () => "" }),
    defineResource({ name: "r", uri: "r:1", read: () => "" }),
  ],
]);
const prompt = { type: "ref/prompt", name: "greet" };
const clock = manualClock(0);
const asked = (ref: unknown, name: unknown, value: unknown = "", more: object = {}) =>
  complete({ catalogue, clock }, { ref, argument: { name, value }, ...more });
const values = (...found: string[]) => ({
  ok: true,
  value: { completion: { values: found, total: found.length, hasMore: false } },
});

test("candidates come from the argument's completer, who hears what was begun and the other arguments", async () => {
  expect(await asked(prompt, "who", "al")).toEqual(values("alpha"));
  expect(await asked(prompt, "who", "b", { context: { arguments: { lang: "basque", n: 5 } } })).toEqual(
    values("beta", "basque"),
  );
});

test("a template's variable is completed by the template, also where that takes time", async () => {
  expect(await asked({ type: "ref/resource", uri: "t:{id}" }, "id")).toEqual(values("1"));
});

test("a hundred candidates are shown whole; of more, the first hundred and how many there are", async () => {
  expect(await asked(prompt, "full")).toMatchObject({ value: { completion: { total: 100, hasMore: false } } });

  const many = await asked(prompt, "many");

  expect(many).toMatchObject({ value: { completion: { total: 101, hasMore: true } } });
  expect(many.ok ? many.value.completion.values : []).toEqual(Array.from({ length: 100 }, (_, n) => `v${n}`));
});

test("a completer that does not come to an end has no candidates", async () => {
  const slow = asked(prompt, "slow");

  await elapse(clock, COMPLETION_TIMEOUT_MS);

  expect(await slow).toEqual(values());
});

test.each<[what: string, ref: unknown, name: string]>([
  ["an argument that nobody completes", prompt, "free"],
  ["an argument that is not there", prompt, "other"],
  ["a variable named like a member of every object", { type: "ref/resource", uri: "t:{id}" }, "constructor"],
  ["a resource without variables", { type: "ref/resource", uri: "r:1" }, "id"],
])("%s has no candidates", async (_what, ref, name) => {
  expect(await asked(ref, name)).toEqual(values());
});

test.each<[what: string, ref: unknown]>([
  ["an unknown prompt", { type: "ref/prompt", name: "nobody" }],
  ["a prompt without a name", { type: "ref/prompt" }],
  ["an unknown resource", { type: "ref/resource", uri: "t:1" }],
  ["an unknown kind", { type: "ref/tool", name: "greet" }],
  ["nothing", undefined],
  ["a text", "greet"],
])("a ref to %s is refused", async (_what, ref) => {
  expect(await asked(ref, "who")).toMatchObject({ ok: false, problem: { code: -32602 } });
});

test.each<[what: string, argument: unknown]>([
  ["nothing", undefined],
  ["no value", { name: "who" }],
  ["a value that is a number", { name: "who", value: 5 }],
  ["no name", { value: "" }],
])("an argument of %s is refused", async (_what, argument) => {
  expect(await complete({ catalogue, clock }, { ref: prompt, argument })).toMatchObject({
    ok: false,
    problem: { code: -32602 },
  });
});
