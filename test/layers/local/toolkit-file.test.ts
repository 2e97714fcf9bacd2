import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CellProcess, spawnCell, startCell } from "../../fixtures/cell-process.ts";
import { socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import { modernCall } from "../../fixtures/mcp-messages.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const started: CellProcess[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const cell of started) cell.kill("SIGKILL");
  await Promise.all(started.splice(0).map((cell) => cell.exited));
  await folder.remove();
});

function written(name: string, source: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, source);
  return file;
}

const argsOf = (files: readonly string[]) => files.flatMap((file) => ["--toolkit", file]);

async function start(...files: readonly string[]): Promise<CellProcess> {
  const cell = await startCell({ dataDir: join(folder.path, "data"), args: argsOf(files) });
  started.push(cell);
  return cell;
}

async function call(cell: CellProcess, tool: string, args = {}): Promise<string> {
  return wholeText(await socketDoor(`${cell.url}/mcp`)(modernCall(tool, args)));
}

const greeter = (name: string) => `
import { defineTool, z } from "skein/toolkit";
export default defineTool({
  name: "${name}",
  description: "Greets",
  input: z.object({ who: z.string().default("world") }),
  run: ({ who }) => \`hello \${who}\`,
});`;

test.each(["greet.js", "greet.mjs", "greet.ts", "greet.mts"])(
  "a tool in %s, anywhere on the disk, is served",
  async (name) => {
    const typed = name.endsWith("ts") ? "const greeting: string = 'typed';" : "";
    const cell = await start(written(name, `${greeter("greet")}\n${typed}`));

    const reply = await call(cell, "greet", { who: "geese" });

    expect(reply).toContain("hello geese");
    expect(cell.stderr()).toBe("");
  },
);

test("several files and arrays of definitions are served beside our own, and may be found under either name", async () => {
  const one = written("one.mjs", greeter("one"));
  const more = written(
    "more.mjs",
    `import { defineTool, defineResource, ToolError, z } from "skein";
     import { reason } from "./reason.mjs";
     export default [
       defineTool({ name: "two", description: "Fails", input: z.object({}), run: () => { throw new ToolError(reason); } }),
       defineResource({ name: "r", uri: "test://r", read: () => "text" }),
     ];`,
  );
  written("reason.mjs", "export const reason = 'the reason that it tells';");
  const cell = await start(one, more);

  const replies = [await call(cell, "one"), await call(cell, "two"), await call(cell, "cyberchef_quota_info")];

  expect(replies[0]).toContain("hello world");
  expect(replies[1]).toContain("the reason that it tells");
  expect(replies[1]).toContain('"isError":true');
  expect(replies[2]).toContain('"result"');
});

test("a package of its own beside a toolkit is found", async () => {
  mkdirSync(join(folder.path, "node_modules", "geese"), { recursive: true });
  written("node_modules/geese/package.json", '{"name":"geese","main":"index.js"}');
  written("node_modules/geese/index.js", "exports.skein = 'a skein of geese';");
  const file = written(
    "geese.js",
    `import geese from "geese";
     import { defineTool, z } from "skein/toolkit";
     export default defineTool({ name: "geese", description: "Geese", input: z.object({}), run: () => geese.skein });`,
  );
  const cell = await start(file);

  const reply = await call(cell, "geese");

  expect(reply).toContain("a skein of geese");
});

test("a promise that a tool has forgotten ends nothing, and is written down", async () => {
  const file = written(
    "stray.mjs",
    `import { defineTool, z } from "skein/toolkit";
     const run = () => { Promise.reject(new Error("forgotten")); return "fine"; };
     export default defineTool({ name: "stray", description: "Forgets", input: z.object({}), run });`,
  );
  const cell = await start(file);

  const replies = [await call(cell, "stray"), await call(cell, "stray")];
  cell.kill("SIGINT");

  expect(await cell.exited).toEqual({ code: 0, signal: null });
  for (const reply of replies) expect(reply).toContain("fine");
  expect(readFileSync(join(folder.path, "data", "log", "faults.ndjson"), "utf8")).toContain("Error: forgotten");
});

test.each([
  ["throws", "throw new Error('my own mistake');", "my own mistake"],
  ["is no JavaScript", "export default ((", "SyntaxError"],
  ["imports what is not there", 'import "not-there"; export default [];', "not-there"],
  ["asks for what there is not", 'import { makeTool } from "skein/toolkit"; export default [];', "makeTool"],
  ["has no default export", "export const tool = 1;", "has no default export"],
  ["exports a number", "export default 7;", "number 1 was not made by defineTool"],
  ["exports null", "export default null;", "number 1 was not made by defineTool"],
  ["exports an object of its own", 'export default { kind: "gadget" };', "number 1 was not made by defineTool"],
  [
    "exports one definition among others",
    `import { defineTool, z } from "skein/toolkit";
     export default [defineTool({ name: "a", description: "a", input: z.object({}), run: () => "" }), "b"];`,
    "number 2 was not made by defineTool",
  ],
  ["takes a name of ours", greeter("cyberchef_bake"), "cyberchef_bake"],
  ["gives a name that none may have", greeter("no spaces"), "no spaces"],
])("a toolkit that %s is refused with its file's name", async (_, source, message) => {
  const file = written("mine.mjs", source);

  const cell = spawnCell(["--data", join(folder.path, "data"), "--port", "0", ...argsOf([file])]);

  expect(await cell.exited).toEqual({ code: 2, signal: null });
  expect(cell.stderr()).toContain(`--toolkit ${file}: `);
  expect(cell.stderr()).toContain(message);
  expect(cell.stdout()).toBe("");
});

test("a file that is not there is refused with its name", async () => {
  const file = join(folder.path, "absent.ts");

  const cell = spawnCell(["--data", join(folder.path, "data"), "--port", "0", ...argsOf([file])]);

  expect(await cell.exited).toEqual({ code: 2, signal: null });
  expect(cell.stderr()).toContain(`--toolkit ${file}: `);
});

test("two toolkits with one name are refused, and the second is to blame", async () => {
  const files = [written("one.mjs", greeter("greet")), written("two.mjs", greeter("greet"))];

  const cell = spawnCell(["--data", join(folder.path, "data"), "--port", "0", ...argsOf(files)]);

  expect(await cell.exited).toEqual({ code: 2, signal: null });
  expect(cell.stderr()).toContain(`--toolkit ${files[1]}: `);
  expect(cell.stderr()).toContain("greet");
});
