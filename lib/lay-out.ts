import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { Deployment } from "./deployment.ts";
import { planProblems } from "./plan/check-plan.ts";
import { PlanRefused } from "./plan/plan-problem.ts";
import type { Plan } from "./plan/stage-plan.ts";
import { HouseRules } from "./rules/house-rules.ts";

/** What to ask the CLI for one stage alone: `--context stage=<name>`. */
const STAGE_CONTEXT = "stage";

/**
 * Every stage of the plan as stacks, under the rules that hold for all: those of CloudFormation and of the CDK, which
 * `cdk.json` makes errors, those of cdk-nag, and ours.
 *
 * @throws PlanRefused with all problems of the plan.
 */
export function layOut(
  app: App,
  { plan, buildFolder }: { readonly plan: Plan; readonly buildFolder: string },
): readonly Deployment[] {
  const problems = planProblems(plan);
  if (problems.length > 0) throw new PlanRefused(problems);
  const asked: unknown = app.node.tryGetContext(STAGE_CONTEXT);
  const stages = plan.filter(({ name }) => asked === undefined || asked === name);
  if (stages.length === 0) {
    const message = `there is no stage ${String(asked)}; there is ${plan.map(({ name }) => name).join(", ")}`;
    throw new PlanRefused([{ reason: "stage_unknown", at: "--context stage", message }]);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new HouseRules());
  return stages.map((stage) => new Deployment(app, { stage, buildFolder }));
}
