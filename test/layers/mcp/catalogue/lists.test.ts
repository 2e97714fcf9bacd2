import { describe, expect, test } from "vitest";
import { z } from "zod";
import { makeCatalogue, ToolkitInvalid } from "../../../../layers/mcp/catalogue/catalogue.ts";
import { isListMethod, type ListMethod, makeLists, prepareTools } from "../../../../layers/mcp/catalogue/lists.ts";
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  defineTool,
  type Toolkit,
} from "../../../../layers/mcp/toolkit/tool.ts";

const manyTools = (count: number): Toolkit =>
  Array.from({ length: count }, (_, n) =>
    defineTool({ name: `tool-${String(n).padStart(4, "0")}`, description: "", input: z.object({}), run: () => "" }),
  );
const listsOf = (toolkit: Toolkit) => makeLists(makeCatalogue([toolkit]));

/** Every page from the first on, as a client reads them. */
function pagesOf(toolkit: Toolkit, method: ListMethod): readonly (readonly unknown[])[] {
  const lists = listsOf(toolkit);
  const pages: (readonly unknown[])[] = [];
  let cursor: string | undefined;
  do {
    const page = lists.page(method, cursor);
    if (!page.ok) return [];
    pages.push(page.value.entries.map(({ name }) => name));
    cursor = page.value.nextCursor;
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}

test("a thousand tools come in ten pages, each once and in order", () => {
  const toolkit = manyTools(1000);

  const pages = pagesOf(toolkit.toReversed(), "tools/list");

  expect(pages.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 100));
  expect(pages.flat()).toEqual(toolkit.map((tool) => ("name" in tool ? tool.name : "")));
});

test.each([
  [0, [0]],
  [1, [1]],
  [100, [100]],
  [101, [100, 1]],
])("%i tools come in pages of %j", (count, lengths) => {
  expect(pagesOf(manyTools(count), "tools/list").map(({ length }) => length)).toEqual(lengths);
});

describe("a cursor that no page of the list gave is refused", () => {
  const toolkit = [
    ...manyTools(150),
    ...manyTools(150).map((tool, n) => definePrompt({ ...tool, name: `p${n}`, get: () => "" })),
  ];
  const lists = listsOf(toolkit);
  const cursorOf = (method: ListMethod): string => {
    const page = lists.page(method, undefined);
    return page.ok ? (page.value.nextCursor ?? "") : "";
  };

  test.each([
    ["another list's", cursorOf("prompts/list")],
    ["a tampered one", `${cursorOf("tools/list")}A`],
    ["the empty one", ""],
    ["a number", 100],
    ["null", null],
    ["an object", {}],
    ["one for a name that is not there", Buffer.from('["tools/list","tool-9999"]').toString("base64url")],
  ])("%s", (_what, cursor) => {
    expect(lists.page("tools/list", cursor)).toMatchObject({ ok: false, problem: { code: -32602, status: 200 } });
  });

  test("while the list's own is taken", () => {
    expect(lists.page("tools/list", cursorOf("tools/list"))).toMatchObject({ ok: true });
  });
});

test("a page is made once", () => {
  const lists = listsOf(manyTools(3));

  const [first, second] = [lists.page("tools/list", undefined), lists.page("tools/list", undefined)];

  expect(first.ok && second.ok && first.value === second.value).toBe(true);
});

test.each(["toString", "constructor", "__proto__", "hasOwnProperty", "tools/call", ""])("%j is no list", (method) => {
  expect(isListMethod(method)).toBe(false);
});

test("each kind is shown with what a client may know of it, and no more", () => {
  const icons = [{ src: "https://example.com/i.png" }];
  const described = { title: "T", description: "D", icons, meta: { "example.com/m": 1 } };
  const shown = { title: "T", description: "D", icons, _meta: { "example.com/m": 1 } };
  const lists = listsOf([
    defineTool({
      ...described,
      name: "tool",
      input: { properties: { a: {} } },
      output: z.object({ n: z.number() }),
      annotations: { readOnlyHint: true },
      rerunnable: true,
      timeoutMs: 5,
      run: () => ({ n: 1 }),
    }),
    defineResource({ ...described, uri: "r:1", name: "r", mimeType: "text/plain", sizeBytes: 9, read: () => "" }),
    defineResourceTemplate({
      ...described,
      uriTemplate: "t:{x}",
      name: "t",
      complete: { x: () => [] },
      read: () => "",
    }),
    definePrompt({
      ...described,
      name: "prompt",
      arguments: [{ name: "a", description: "A", required: true, complete: () => [] }],
      get: () => "",
    }),
  ]);
  const only = (method: ListMethod): unknown => {
    const page = lists.page(method, undefined);
    return page.ok ? JSON.parse(JSON.stringify(page.value.entries)) : page.problem;
  };

  expect(only("tools/list")).toEqual([
    {
      ...shown,
      name: "tool",
      inputSchema: { type: "object", properties: { a: {} } },
      outputSchema: expect.objectContaining({ type: "object", required: ["n"] }),
      annotations: { readOnlyHint: true },
    },
  ]);
  expect(only("resources/list")).toEqual([{ ...shown, uri: "r:1", name: "r", mimeType: "text/plain", size: 9 }]);
  expect(only("resources/templates/list")).toEqual([{ ...shown, uriTemplate: "t:{x}", name: "t" }]);
  expect(only("prompts/list")).toEqual([
    { ...shown, name: "prompt", arguments: [{ name: "a", description: "A", required: true }] },
  ]);
});

describe("tools that are made ready", () => {
  const turns = () => {
    let count = 0;
    const turn = async (): Promise<void> => {
      count++;
    };
    return { turn, count: () => count };
  };

  test("are those of the first page, with a turn for others before each", async () => {
    const catalogue = makeCatalogue([manyTools(101)]);
    const { turn, count } = turns();

    await prepareTools(catalogue, turn);

    expect(count()).toBe(100);
  });

  test("have their schemas by then, so that a list makes none", async () => {
    const made: unknown[] = [];
    const shown = z.string().meta({ title: "shown" });
    const input = z.object({ text: shown });
    const catalogue = makeCatalogue([[defineTool({ name: "t", description: "", input, run: () => "" })]]);
    await prepareTools(catalogue, turns().turn);
    input._zod.processJSONSchema = (...given) => void made.push(given);

    const page = makeLists(catalogue).page("tools/list", undefined);

    expect(page).toMatchObject({
      value: { entries: [{ inputSchema: { properties: { text: { title: "shown", type: "string" } } } }] },
    });
    expect(made).toEqual([]);
  });

  test("are refused where a list would refuse them", async () => {
    const input = z.object({ text: z.number().meta({ "x-mcp-header": "Text" }) });
    const catalogue = makeCatalogue([[defineTool({ name: "t", description: "", input, run: () => "" })]]);

    await expect(prepareTools(catalogue, turns().turn)).rejects.toThrow(ToolkitInvalid);
  });
});
