import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type CellProcess, startCell } from "../../fixtures/cell-process.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const BAKE = { tool: "cyberchef_bake", arguments: { input: "hello", recipe: [{ op: "To Base64" }] } };
const Shown = z.looseObject({ jobId: z.string(), state: z.string(), attempts: z.int() });

async function aCell(dataDir: string, args: readonly string[] = []): Promise<CellProcess> {
  const cell = await startCell({ dataDir, args });
  onTestFinished(async () => {
    cell.kill("SIGKILL");
    await cell.exited;
  });
  return cell;
}

async function submitted({ url }: CellProcess, json: object): Promise<string> {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${url}/api/jobs`, { method: "POST", headers, body: JSON.stringify(json) });
  expect(reply.status).toBe(201);
  return Shown.parse(await reply.json()).jobId;
}

const shown = async ({ url }: CellProcess, jobId: string) =>
  Shown.parse(await (await fetch(`${url}/api/jobs/${jobId}`)).json());

test("what one cell took, another one shows, runs and answers for, also after the first was killed", async () => {
  const dataDir = await testFolder();
  const first = await aCell(dataDir);
  const jobIds: string[] = [];
  for (let count = 0; count < 5; count++) jobIds.push(await submitted(first, { ...BAKE, delayMs: 5_000 }));

  first.kill("SIGKILL");
  await first.exited;
  const second = await aCell(dataDir);

  for (const jobId of jobIds) {
    await expect
      .poll(() => shown(second, jobId), { timeout: 30_000 })
      .toMatchObject({ state: "succeeded", attempts: 1 });
    const result = await (await fetch(`${second.url}/api/jobs/${jobId}/result`)).json();
    expect(result).toMatchObject({ content: [{ type: "text", text: "aGVsbG8=" }] });
  }
}, 60_000);

test("two cells on one folder run each job once", async () => {
  const dataDir = await testFolder();
  const cells = [await aCell(dataDir), await aCell(dataDir)];
  const [one] = cells;
  if (one === undefined) throw new TypeError("two cells were started");
  const jobIds = await Promise.all(
    Array.from({ length: 40 }, (_, count) =>
      submitted(cells[count % 2] ?? one, { ...BAKE, priority: count % 3 === 0 ? "high" : "normal" }),
    ),
  );

  for (const jobId of jobIds) {
    await expect.poll(() => shown(one, jobId), { timeout: 20_000 }).toMatchObject({ state: "succeeded", attempts: 1 });
  }
});

test("a cell that is asked to end lets its jobs come to their end, or leaves them to the next", async () => {
  const dataDir = await testFolder();
  const first = await aCell(dataDir);
  const jobIds = await Promise.all(Array.from({ length: 10 }, () => submitted(first, BAKE)));

  first.kill("SIGTERM");
  expect(await first.exited).toEqual({ code: 0, signal: null });
  const second = await aCell(dataDir);

  for (const jobId of jobIds) {
    await expect.poll(() => shown(second, jobId), { timeout: 20_000 }).toMatchObject({ state: "succeeded" });
  }
});

test("a job that does not stop keeps no cell from ending in good order, and is run again by the next", async () => {
  const dataDir = await testFolder();
  const file = join(dataDir, "stubborn.mjs");
  const tool = 'name: "stubborn", description: "waits", input: z.object({}), run: () => new Promise(() => {})';
  await writeFile(file, `import { defineTool, z } from "skein/toolkit";\nexport default defineTool({ ${tool} });\n`);
  const first = await aCell(dataDir, ["--toolkit", file]);
  const jobId = await submitted(first, { tool: "stubborn" });
  await expect.poll(() => shown(first, jobId), { timeout: 10_000 }).toMatchObject({ state: "running" });

  first.kill("SIGTERM");
  expect(await first.exited).toEqual({ code: 0, signal: null });
  const second = await aCell(dataDir, ["--toolkit", file]);

  await expect.poll(() => shown(second, jobId), { timeout: 15_000 }).toMatchObject({ state: "running", attempts: 2 });
});
