import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CYBERCHEF_BUILD } from "../../../scripts/build/cyberchef.ts";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";
import { kitchenProcesses } from "./kitchen-processes.ts";

let kitchen: BakerUnderTest;

/** One process, so that every bake follows another in it. */
beforeAll(async () => {
  kitchen = await bakerUnderTest({ processesMax: 1 });
});
afterAll(() => kitchen.baker.close());

test("a register of one bake is not there in the next", async () => {
  const register = { operation: "Register", args: ["(secret)"] };
  const show = { operation: "Find / Replace", args: { find: { option: "Regex", string: ".+" }, replace: "$R0" } };

  const first = await kitchen.text("secret", [register, show]);
  const second = await kitchen.text("other", [show]);

  expect(first).toBe("secret");
  expect(second).toBe("$R0");
});

test("arguments that a register filled in are as they were in the next bake", async () => {
  const steps = [
    { operation: "Register", args: ["(.*)"] },
    { operation: "Find / Replace", args: { find: { option: "Regex", string: "^.*$" }, replace: "<$R0>" } },
  ];

  const outputs = [await kitchen.text("one", steps), await kitchen.text("two", steps)];

  expect(outputs).toEqual(["<one>", "<two>"]);
});

test("bytes of an image are its own, with nothing of what else the process holds", async () => {
  await kitchen.text("the secret of another caller".repeat(50), [{ operation: "Gzip" }, { operation: "Gunzip" }]);

  const jpeg = await kitchen.text("pixels", [
    { operation: "Generate Image" },
    { operation: "Convert Image Format", args: { output_format: "JPEG" } },
    { operation: "To Hex", args: { delimiter: "None" } },
  ]);

  expect(jpeg.slice(0, 4)).toBe("ffd8");
  expect(jpeg.slice(-4)).toBe("ffd9");
});

test("an input that names the prototype of objects changes nothing for the next bake", async () => {
  await kitchen.bake('{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}', [
    { operation: "JSON Beautify" },
    { operation: "JSON to CSV" },
  ]);
  await kitchen.bake("__proto__:\n  polluted: yes\n", [{ operation: "YAML to JSON" }]);
  await kitchen.bake("{}", [{ operation: "Jsonata Query", args: { query: '{"__proto__": {"polluted": "yes"}}' } }]);

  const rendered = await kitchen.text("{}", [
    { operation: "Template", args: { template_definition_handlebars: "[{{polluted}}]" } },
  ]);

  expect(rendered).toBe("[]");
});

test("random values differ from bake to bake and are not worked out from one another", async () => {
  const draw = () => kitchen.text("", [{ operation: "Pseudo-Random Number Generator", args: { number_of_bytes: 32 } }]);

  const drawn = [await draw(), await draw(), await draw()];

  expect(new Set(drawn).size).toBe(3);
  expect(drawn[0]).toMatch(/^[0-9a-f]{64}$/);
});

test("no operation's code can reach sockets, processes or threads through Node's modules", () => {
  const reaching =
    /(?:from|import\s*\(?|getBuiltinModule\()\s*["'](?:node:)?(?:https?|http2|net|tls|dgram|dns|child_process|cluster|inspector|vm)["']/;
  const chunks = readdirSync(CYBERCHEF_BUILD).filter((name) => name.endsWith(".mjs"));

  const reachable = chunks.filter((name) => reaching.test(readFileSync(join(CYBERCHEF_BUILD, name), "utf8")));

  expect(chunks.length).toBeGreaterThan(505);
  expect(reachable).toEqual([]);
});

test("a process that bakes has none of its parent's environment, and may read its own folder alone", async () => {
  process.env.SKEIN_TEST_SECRET = "hunter2";
  const fresh = await bakerUnderTest({ processesMax: 1 });
  await fresh.text("x", [{ operation: "To Base64" }]);

  const kitchens = kitchenProcesses();

  await fresh.baker.close();
  expect(kitchens.length).toBeGreaterThan(0);
  for (const { environment, command } of kitchens) {
    expect(environment).not.toContain("hunter2");
    expect(command).toContain("--permission");
    expect(command).toContain(`--allow-fs-read=${join(CYBERCHEF_BUILD, "*")}`);
    expect(command).not.toMatch(/--allow-(?:fs-write|child-process|addons|wasi)/);
  }
});
