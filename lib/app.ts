import { resolve } from "node:path";
import process from "node:process";
import { App } from "aws-cdk-lib";
import { layOut } from "./lay-out.ts";
import { PlanRefused } from "./plan/plan-problem.ts";
import { PLAN } from "./plan.ts";

try {
  const app = new App();
  layOut(app, { plan: PLAN, buildFolder: resolve(import.meta.dirname, "../build") });
  app.synth();
} catch (fault) {
  if (!(fault instanceof PlanRefused)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = 1;
}
