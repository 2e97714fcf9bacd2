import { afterAll, beforeAll, expect } from "vitest";
import { z } from "zod";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { socketDoor } from "../../fixtures/http-exchange.ts";
import { answerTo, modernRequest } from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;

beforeAll(async () => {
  // With every operation as a tool of its own, so that the list has several pages.
  fleet = await startFleet({ size: 2, args: ["--surface", "all"] });
});

afterAll(() => fleet.close());

const Page = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string() })),
  nextCursor: z.string().optional(),
  cacheScope: z.string(),
});

async function everyPage(url: string): Promise<z.infer<typeof Page>[]> {
  const pages: z.infer<typeof Page>[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const { reply } = await answerTo(socketDoor(`${url}/mcp`), modernRequest("tools/list", params));
    const page = Page.parse(reply.result);
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}

proves("pages:whole", async () => {
  const walks = await Promise.all(fleet.cells.map((cell) => everyPage(cell.url)));

  const names = walks.map((pages) => pages.flatMap((page) => page.tools.map((tool) => tool.name)));

  expect(walks[0]?.length).toBeGreaterThan(2);
  expect(new Set(names[0]).size).toBe(names[0]?.length);
  expect(names[1]).toEqual(names[0]);
});

proves("pages:scope", async () => {
  const pages = await everyPage(fleet.url);

  expect(pages.length).toBeGreaterThan(2);
  expect(new Set(pages.map((page) => page.cacheScope)).size).toBe(1);
});

for (const cursor of ["", "1", "nonsense", "MTA=", "../..", "-1", 7, null, {}]) {
  for (const method of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]) {
    proves("pages:cursor", `${method} ${JSON.stringify(cursor)}`, async () => {
      const { reply } = await answerTo(socketDoor(`${fleet.url}/mcp`), modernRequest(method, { cursor }));

      expect(reply.error?.code).toBe(-32602);
    });
  }
}

proves("pages:cursor", "one of another list", async () => {
  const door = socketDoor(`${fleet.url}/mcp`);
  const { reply: tools } = await answerTo(door, modernRequest("tools/list"));
  const cursor = tools.result?.nextCursor;

  const { reply } = await answerTo(door, modernRequest("prompts/list", { cursor }));

  expect(cursor).toEqual(expect.any(String));
  expect(reply.error?.code).toBe(-32602);
});
