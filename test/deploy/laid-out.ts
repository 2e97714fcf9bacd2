import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { afterAll } from "vitest";
import * as z from "zod";
import type { Deployment } from "../../lib/deployment.ts";
import { CARRIER_FUNCTION, DEPLOYED_FUNCTIONS, DEPLOYED_WORKERS, SIGN_IN_FUNCTION } from "../../lib/functions.ts";
import { layOut } from "../../lib/lay-out.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { StackTemplate } from "./stack-template.ts";

const root = resolve(import.meta.dirname, "../..");

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** An app as the CLI starts it: told every flag of `cdk.json`, and what else the command line says. */
export function startedApp(said: Record<string, unknown> = {}): App {
  const { context } = CdkJson.parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
  return new App({ context: { ...context, ...said }, outdir: mkdtempSync(join(folder, "out-")) });
}

export interface LaidOut {
  readonly deployment: Deployment;
  readonly assembly: CloudAssembly;
  /** The template of one stack as it was written. */
  readonly template: (stack: Stack) => StackTemplate;
}

const folder = mkdtempSync(join(tmpdir(), "skein-deploy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What looks after a run, as the build made it: it stands in a template, which has rules for texts. */
const SUPERVISOR = join(root, "build/supervisor/supervisor.js");

/** Bundles that hold nothing, but for the supervisor: what is deployed is under test here, not what runs. */
export function emptyBuild(): string {
  const build = join(folder, "build");
  const functions = [...DEPLOYED_FUNCTIONS, ...DEPLOYED_WORKERS, CARRIER_FUNCTION, SIGN_IN_FUNCTION].map(
    ({ name }) => `functions/${name}`,
  );
  for (const part of [...functions, "layers/cyberchef"]) {
    mkdirSync(join(build, part), { recursive: true });
    writeFileSync(join(build, part, "index.mjs"), "");
  }
  mkdirSync(join(build, "supervisor"), { recursive: true });
  copyFileSync(SUPERVISOR, join(build, "supervisor", "supervisor.js"));
  return build;
}

/** Lays out a plan of one stage under all rules, as `npm run synth` does. @throws where a rule is broken. */
export function laidOut(stage: StagePlan): LaidOut {
  const app = startedApp();
  const [deployment] = layOut(app, { plan: [stage], buildFolder: emptyBuild() });
  if (deployment === undefined) throw new TypeError("a plan of one stage was laid out as none");
  const assembly = app.synth();
  return { deployment, assembly, template: (stack) => new StackTemplate(stack) };
}
