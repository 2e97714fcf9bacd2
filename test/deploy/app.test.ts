import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execPath } from "node:process";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { PLAN } from "../../lib/plan.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "skein-app-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the app, as the CLI starts it", () => {
  test("tells why a plan is refused, without a stack trace, and fails", async () => {
    const known = PLAN.map(({ name }) => name).join(", ");
    const env = { CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ stage: "nowhere" }) };

    const app = run(execPath, ["lib/app.ts"], { cwd: root, env });

    await expect(app).rejects.toMatchObject({
      code: 1,
      stderr: `the plan can't be deployed:\n  --context stage: there is no stage nowhere; there is ${known}\n`,
    });
  });
});

describe("the pinned CLI", () => {
  test("lays out the plan of the repository from its real bundles, without a warning, within a minute", {
    timeout: 60_000,
  }, async () => {
    const cli = join(root, "node_modules/.bin/cdk");
    const path = `${join(root, "node_modules/.bin")}:/usr/bin:/bin`;

    const { stdout, stderr } = await run(cli, ["synth", "--quiet", "--strict", "--output", join(folder, "plan")], {
      cwd: root,
      env: { PATH: path, HOME: folder, AWS_EC2_METADATA_DISABLED: "true" },
    });

    const told = `${stdout}${stderr}`;
    expect(told).toContain("Successfully synthesized");
    expect(told).not.toMatch(/warn|error|deprecat|not configured/i);
  });
});

describe("cdk.json", () => {
  const { app, context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8"));

  test("starts the app as it is, without compiling it", () => {
    expect(app).toBe("node lib/app.ts");
  });

  test("makes the rules of CloudFormation and of the CDK errors", () => {
    expect(context["@aws-cdk/core:validateAgainstDefaultRules"]).toBe(true);
  });

  test("answers every question that the CDK asks about its behaviour, as it recommends", async () => {
    const recommended = JSON.parse(
      readFileSync(join(root, "node_modules/aws-cdk-lib/recommended-feature-flags.json"), "utf8"),
    );

    expect(context).toMatchObject(recommended);
  });
});

describe("package.json", () => {
  test("pins the CLI that understands what the CDK writes", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

    expect(devDependencies["aws-cdk"]).toBe("2.1148.1");
    expect(devDependencies["aws-cdk-lib"]).toBe("2.276.0");
  });
});
