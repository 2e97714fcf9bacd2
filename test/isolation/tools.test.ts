import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { argumentsOf } from "../fixtures/filled-schema.ts";
import {
  callTool,
  type Identifiers,
  MARK,
  mcp,
  type Prober,
  type TwoTenants,
  toldTo,
  twoTenants,
} from "./two-tenants.ts";

/**
 * Every tool, resource, template and prompt of the live catalogue, called with another tenant's identifiers wherever it
 * takes a text. A new one is tried without a line here.
 */

let both: TwoTenants;
let before: string;

beforeAll(async () => {
  both = await twoTenants();
  before = both.stored();
}, 60_000);
afterAll(() => both.close());

const Listed = z.object({
  result: z.object({
    tools: z.array(z.object({ name: z.string(), inputSchema: z.unknown() })).default([]),
    resources: z.array(z.object({ uri: z.string() })).default([]),
    resourceTemplates: z.array(z.object({ uriTemplate: z.string() })).default([]),
    prompts: z
      .array(z.object({ name: z.string(), arguments: z.array(z.object({ name: z.string() })).default([]) }))
      .default([]),
    nextCursor: z.string().optional(),
  }),
});
type Lists = z.output<typeof Listed>["result"];

const PAGES_MAX = 100;

/** All pages of a list, as beta sees it. */
async function listed<Kind extends "tools" | "resources" | "resourceTemplates" | "prompts">(
  method: string,
  kind: Kind,
): Promise<Lists[Kind][number][]> {
  const found: Lists[Kind][number][] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const { result } = Listed.parse((await mcp(both.cell, both.beta, method, params)).json);
    found.push(...result[kind]);
    cursor = result.nextCursor;
    if (cursor === undefined) return found;
  }
  throw new TypeError(`${method} has more than ${PAGES_MAX} pages`);
}

/** What names something that a tool might look up. */
const textsOf = ({ recipeId, tenantId }: Identifiers): readonly string[] => [recipeId, tenantId];

/** What both twins are told, each with the identifiers that it looks for. */
async function twinsTold(asks: (twin: Prober, token: string) => Promise<readonly string[]>) {
  return Promise.all(
    both.twins.map(async (twin) => {
      const lines: string[] = [];
      for (const token of twin.credentials) lines.push(...(await asks(twin, token)));
      return lines.join("\n");
    }),
  );
}

/** Their numbers tell how long calls took, and how busy the machine is. */
const MEASURING = /^cyberchef_(?:telemetry_export|worker_stats|quota_info)$/;

/** How long a call took is nobody's secret. */
function withoutDurations(name: string, told: string): string {
  const text = told.replace(/\d+(?:\.\d+)?(?= ?ms\b)/g, "DURATION");
  return `${name} ${MEASURING.test(name) ? text.replace(/\d+(?:\.\d+)?/g, "NUMBER") : text}`;
}

/** What each tool answers, by itself and, as far as it has to do with recipes, as part of a batch. */
async function toolsTold(twin: Prober): Promise<readonly string[]> {
  const tools = await listed("tools/list", "tools");
  const lines: string[] = [];
  for (const token of twin.credentials) {
    for (const text of textsOf(twin.ids)) {
      for (const { name, inputSchema } of tools) {
        const told = await callTool(both.cell, token, name, argumentsOf(inputSchema, text));
        lines.push(withoutDurations(name, toldTo(twin, told)));
      }
      const operations = tools
        .filter(({ name }) => name.startsWith("cyberchef_recipe_"))
        .map(({ name, inputSchema }) => ({ tool: name, arguments: argumentsOf(inputSchema, text) }));
      const told = await callTool(both.cell, token, "cyberchef_batch", { operations, mode: "sequential" });
      lines.push(withoutDurations("batch", toldTo(twin, told)));
    }
  }
  return lines;
}

describe("every resource, template and prompt", () => {
  test("tells a caller of their own tenant, whoever else is named", async () => {
    const uris = (await listed("resources/list", "resources")).map(({ uri }) => uri);
    const templates = (await listed("resources/templates/list", "resourceTemplates")).map((each) => each.uriTemplate);
    const prompts = await listed("prompts/list", "prompts");
    expect([uris.length, templates.length, prompts.length].every((count) => count > 0)).toBe(true);

    const [theirs = "", nobodys] = await twinsTold(async (twin, token) => {
      const ask = async (method: string, params: object, name: string) =>
        toldTo(twin, await mcp(both.cell, token, method, params, name));
      const named = textsOf(twin.ids).flatMap((text) => templates.map((uri) => uri.replace(/\{\w+\}/g, text)));
      const read = [...uris, ...named].map((uri) => ask("resources/read", { uri }, uri));
      const got = prompts.map(({ name, arguments: taken }) => {
        const args = Object.fromEntries(taken.map((argument) => [argument.name, twin.ids.tenantId]));
        return ask("prompts/get", { name, arguments: args }, name);
      });
      return Promise.all([...read, ...got]);
    });

    expect(theirs).toBe(nobodys);
    expect(theirs).toContain("this is <own>'s");
    expect(theirs).not.toContain("notes of");
  });

  test("completes to the same for everyone", async () => {
    const templates = await listed("resources/templates/list", "resourceTemplates");
    const prompts = await listed("prompts/list", "prompts");
    const asked = [
      ...templates.flatMap(({ uriTemplate: uri }) =>
        [...uri.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ ref: { type: "ref/resource", uri }, name })),
      ),
      ...prompts.flatMap(({ name, arguments: taken }) =>
        taken.map((argument) => ({ ref: { type: "ref/prompt", name }, name: argument.name })),
      ),
    ];
    expect(asked.length).toBeGreaterThan(0);

    const [theirs, nobodys] = await twinsTold((twin, token) =>
      Promise.all(
        asked.map(async ({ ref, name }) => {
          const argument = { name, value: twin.ids.tenantId.slice(0, 2) };
          return toldTo(twin, await mcp(both.cell, token, "completion/complete", { ref, argument }));
        }),
      ),
    );

    expect(theirs).toBe(nobodys);
  });
});

test("the state of a call that waits for an answer is worth nothing to another", async () => {
  const Asking = z.object({ result: z.object({ requestState: z.string() }) });
  const { requestState } = Asking.parse((await callTool(both.cell, both.beta, "ask_word", {})).json).result;
  const answer = (token: string, state: string) => {
    const inputResponses = { word: { action: "accept", content: { word: "yes" } } };
    return callTool(both.cell, token, "ask_word", {}, { requestState: state, inputResponses });
  };
  const [one, two] = both.twins;
  const states = [requestState, `${requestState.slice(0, -4)}AAAA`] as const;

  const theirs = toldTo(one, await answer(one.credentials[0] ?? "", states[0]));
  const nobodys = toldTo(two, await answer(two.credentials[0] ?? "", states[1]));

  expect(theirs).toBe(nobodys);
  expect(theirs).toContain("requestState was not given for this request");
  expect((await answer(both.beta, requestState)).text).toContain("keeper-1 yes");
});

test("every tool answers of what is another's as it does once that is gone, and does nothing to it", async () => {
  const [one, two] = both.twins;
  const recipe = { id: both.ids.recipeId };

  const whileThere = await toolsTold(one);
  expect(both.stored()).toBe(before);
  expect((await callTool(both.cell, both.beta, "cyberchef_recipe_get", recipe)).text).toContain(MARK);
  expect((await callTool(both.cell, both.beta, "cyberchef_recipe_delete", recipe)).text).toContain(recipe.id);
  // The same words, since many tools answer with what they were given.
  const onceGone = await toolsTold({ ...two, ids: both.ids });

  expect(whileThere.length).toBeGreaterThan(80);
  expect(whileThere).toEqual(onceGone);
  expect(whileThere.join()).not.toContain(MARK);
});
