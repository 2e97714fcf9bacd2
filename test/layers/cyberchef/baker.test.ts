import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IndexUnreadable, operationIndex } from "../../../layers/cyberchef/operation-index.ts";
import { type BakerUnderTest, bakerUnderTest } from "./baker-under-test.ts";

let kitchen: BakerUnderTest;

beforeAll(async () => {
  kitchen = await bakerUnderTest();
});
afterAll(() => kitchen.baker.close());

const forAWhile = [{ operation: "Sleep", args: { time_ms: 400 } }];

describe("output", () => {
  test("text goes in as UTF-8 and comes out so", async () => {
    const hex = await kitchen.text("naïve ☕", [{ operation: "To Hex", args: { delimiter: "None" } }]);
    const back = await kitchen.bake({ hex }, []);

    expect(hex).toBe(Buffer.from("naïve ☕").toString("hex"));
    expect(back).toEqual({ ok: true, value: { type: "string", output: "naïve ☕" } });
  });

  test("bytes that are no UTF-8 come out one character each", async () => {
    const baked = await kitchen.bake({ hex: "ff00fe41" }, []);

    expect(baked).toEqual({ ok: true, value: { type: "bytes", output: "\xff\0\xfeA" } });
  });

  test("a byte order mark stays", async () => {
    const output = await kitchen.text({ hex: "efbbbf41" }, []);

    expect(output).toBe("\ufeffA");
  });

  test("a number, a structure and markup say what they are", async () => {
    const number = await kitchen.bake("1\n2", [{ operation: "Sum" }]);
    const json = await kitchen.bake('"x"', [{ operation: "To MessagePack" }, { operation: "From MessagePack" }]);
    const html = await kitchen.bake("# Hi", [{ operation: "Render Markdown" }]);

    expect(number).toEqual({ ok: true, value: { type: "number", output: "3" } });
    expect(json).toEqual({ ok: true, value: { type: "json", output: '"x"' } });
    expect(html).toMatchObject({ ok: true, value: { type: "html", output: expect.stringContaining("<h1") } });
  });

  test("no steps give the input back", async () => {
    const baked = await kitchen.bake("", []);

    expect(baked).toEqual({ ok: true, value: { type: "string", output: "" } });
  });
});

describe("refusals before anything runs", () => {
  test("an operation that there is not, with names that may have been meant", async () => {
    const baked = await kitchen.bake("x", [{ operation: "To Bsae64" }]);

    expect(baked).toMatchObject({
      ok: false,
      problem: {
        reason: "operation_unknown",
        operation: "To Bsae64",
        suggestions: expect.arrayContaining(["To Base64"]),
      },
    });
  });

  test("an argument that is not allowed, with what is", async () => {
    const baked = await kitchen.bake("x", [{ operation: "SHA2", args: { size: "123" } }]);

    expect(baked).toMatchObject({
      ok: false,
      problem: {
        reason: "argument_invalid",
        operation: "SHA2",
        argument: "Size",
        why: expect.stringContaining("512/256"),
      },
    });
  });

  test("names of operations are found in any case and with any marks", async () => {
    const outputs = await Promise.all(
      ["to_base64", "TO BASE64", "toBase64"].map((operation) => kitchen.text("x", [{ operation }])),
    );

    expect(outputs).toEqual(["eA==", "eA==", "eA=="]);
  });
});

describe("the line", () => {
  test("a bake too many is refused as busy, with a time to come back", async () => {
    const small = await bakerUnderTest({ processesMax: 1, queueMax: 1 });
    const first = small.bake("a", forAWhile);
    const second = small.bake("b", forAWhile);

    const third = await small.bake("c", forAWhile);

    expect(third).toEqual({ ok: false, problem: { reason: "busy", retryAfterSeconds: expect.any(Number) } });
    expect(small.baker.stats()).toMatchObject({ threads: 1, busy: 1, waiting: 1 });
    expect(await Promise.all([first, second])).toMatchObject([{ ok: true }, { ok: true }]);
    await small.baker.close();
  });

  test("a process serves one bake after another, and no more than allowed are started", async () => {
    const two = await bakerUnderTest({ processesMax: 2 });

    const outputs = await Promise.all(
      Array.from({ length: 30 }, (_, at) => two.text(String(at), [{ operation: "MD5" }])),
    );

    expect(new Set(outputs).size).toBe(30);
    expect(two.baker.stats()).toMatchObject({ threads: 2, busy: 0, waiting: 0 });
    await two.baker.close();
  });

  test("a bake whose deadline comes while it waits is refused as too late, and the one before it is not", async () => {
    const one = await bakerUnderTest({ processesMax: 1 });
    const first = one.bake("a", [{ operation: "Sleep", args: { time_ms: 1000 } }]);

    const late = await one.baker.bake({ input: "b", steps: [], timeoutMs: 100 }, new AbortController().signal);

    expect(late).toEqual({ ok: false, problem: { reason: "timeout", timeoutMs: 100 } });
    expect(await first).toMatchObject({ ok: true });
    await one.baker.close();
  });
});

describe("a caller who leaves", () => {
  test("ends the bake at once", async () => {
    const caller = new AbortController();
    const bake = kitchen.bake("x", [{ operation: "Sleep", args: { time_ms: 15_000 } }], caller.signal);

    caller.abort();

    expect(await bake).toEqual({ ok: false, problem: { reason: "cancelled" } });
  });

  test("before it began, starts nothing", async () => {
    const idle = await bakerUnderTest();

    const baked = await idle.bake("x", [], AbortSignal.abort());

    expect(baked).toEqual({ ok: false, problem: { reason: "cancelled" } });
    expect(idle.baker.stats().threads).toBe(0);
  });

  test("from the line, lets the next one move up", async () => {
    const one = await bakerUnderTest({ processesMax: 1 });
    const caller = new AbortController();
    const first = one.bake("a", forAWhile);
    const leaving = one.bake("b", forAWhile, caller.signal);
    const last = one.text("c", [{ operation: "To Base64" }]);

    caller.abort();

    expect(await leaving).toEqual({ ok: false, problem: { reason: "cancelled" } });
    expect(await first).toMatchObject({ ok: true });
    expect(await last).toBe("Yw==");
    await one.baker.close();
  });
});

describe("closing", () => {
  test("ends what is baked and what waits as cancelled, and refuses what comes after", async () => {
    const closing = await bakerUnderTest({ processesMax: 1 });
    const baking = closing.bake("a", [{ operation: "Sleep", args: { time_ms: 15_000 } }]);
    const waiting = closing.bake("b", []);

    await closing.baker.close();

    const cancelled = { ok: false, problem: { reason: "cancelled" } };
    expect(await Promise.all([baking, waiting, closing.bake("c", [])])).toEqual([cancelled, cancelled, cancelled]);
    expect(closing.baker.stats()).toMatchObject({ threads: 0, busy: 0, waiting: 0 });
  });
});

describe("a process that ends with its bake", () => {
  const folder = mkdtempSync(join(tmpdir(), "kitchens-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A baker whose processes do this with every order. */
  async function bakerOf(name: string, withOrder: string): Promise<BakerUnderTest> {
    const buildDir = join(folder, name);
    mkdirSync(buildDir);
    writeFileSync(
      join(buildDir, "kitchen.mjs"),
      `process.on("message", () => { ${withOrder} }); process.send({ kind: "open" });`,
    );
    return bakerUnderTest({ buildDir, index: kitchen.index, processesMax: 1 });
  }

  test("by V8's fatal error is out of memory", async () => {
    const aborting = await bakerOf("aborting", "process.abort();");

    const baked = await aborting.bake("x", [{ operation: "MD5" }]);

    expect(baked).toMatchObject({ ok: false, problem: { reason: "out_of_memory" } });
  });

  test("in any other way is a failure of the operations", async () => {
    const exiting = await bakerOf("exiting", "process.exit(7);");

    const baked = await exiting.bake("x", [{ operation: "MD5" }, { operation: "SHA1" }]);

    expect(baked).toMatchObject({ ok: false, problem: { reason: "operation_failed", operation: "MD5, SHA1" } });
  });

  test("after an answer is given no other", async () => {
    const answer = '{ kind: "served", type: "string", output: String(process.pid), closing: true, residentBytes: 1 }';
    const closing = await bakerOf("closing", `process.send(${answer});`);

    const processes = [await closing.text("x", []), await closing.text("x", [])];

    expect(new Set(processes).size).toBe(2);
    expect(closing.baker.stats().threads).toBe(0);
  });

  test("and one that holds much memory after it is not kept", async () => {
    const bytes = 400 * 2 ** 20;
    const answer = `{ kind: "served", type: "string", output: String(process.pid), closing: false, residentBytes: ${bytes} }`;
    const fat = await bakerOf("fat", `process.send(${answer});`);

    const processes = [await fat.text("x", []), await fat.text("x", [])];

    expect(new Set(processes).size).toBe(2);
  });
});

test("a folder without a build is said to be one, by the index and by the process", async () => {
  const index = operationIndex("/nowhere");

  expect(() => index.operations).toThrow(IndexUnreadable);
  await expect(
    bakerUnderTest({ buildDir: import.meta.dirname }).then(({ bake }) => bake("x", [])),
  ).rejects.toMatchObject({
    code: "kitchen_unopened",
  });
});
