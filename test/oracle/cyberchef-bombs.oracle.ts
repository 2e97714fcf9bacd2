import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BakerUnderTest, bakerUnderTest } from "../layers/cyberchef/baker-under-test.ts";

const MEMORY_BYTES_MAX = 192 * 2 ** 20;

let kitchen: BakerUnderTest;

beforeAll(async () => {
  kitchen = await bakerUnderTest({ memoryBytesMax: MEMORY_BYTES_MAX, operationTimeoutMs: 60_000 });
});
afterAll(() => kitchen.baker.close());

const python = (program: string) =>
  execFileSync("python3", ["-c", `import sys\n${program}`], { maxBuffer: 2 ** 26 }).toString("base64");
const written = (expression: string) => `sys.stdout.buffer.write(${expression})`;

/** Half a gigabyte of zeros each, packed by python3. */
const BOMBS = {
  Unzip: `import zipfile, io
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("a", bytes(2 ** 29))
${written("b.getvalue()")}`,
  "LZMA Decompress": `import lzma\n${written("lzma.compress(bytes(2 ** 29), format=lzma.FORMAT_ALONE, preset=0)")}`,
};

test.each(Object.entries(BOMBS))(
  "%s ends its own bake as out of memory",
  { timeout: 90_000 },
  async (operation, program) => {
    const baked = await kitchen.bake(python(program), [{ operation: "From Base64" }, { operation }]);

    expect(baked).toEqual({ ok: false, problem: { reason: "out_of_memory", bytesMax: MEMORY_BYTES_MAX } });
  },
);
