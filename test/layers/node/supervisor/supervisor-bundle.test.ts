import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { execPath } from "node:process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { exitCodeOf } from "../../../../layers/core/deployment/project-task.ts";

/** Source: ECS quotas: a task definition has at most 64 KB (read 2026-11-21). */
const DEFINITION_BYTES_MAX = 64 * 1024;

const root = resolve(import.meta.dirname, "../../../..");
const code = readFileSync(resolve(root, "build/supervisor/supervisor.js"), "utf8");

test("the supervisor stands in a task definition, also once it is written as JSON", () => {
  expect(Buffer.byteLength(JSON.stringify(code))).toBeLessThan(DEFINITION_BYTES_MAX / 2);
});

test("nothing in it is what CloudFormation takes for a parameter of the template that it stands in", () => {
  expect(code).not.toContain("${");
});

test("given to node as text, it begins, says why it can go no further, and ends with that as its code", async () => {
  const running = promisify(execFile)(execPath, ["--input-type=module", "--eval", code], {
    env: { SKEIN_ORDER: "no link" },
  });

  await expect(running).rejects.toMatchObject({
    code: exitCodeOf("order_unread"),
    stdout: expect.stringContaining("no order"),
    stderr: "",
  });
});
