import * as z from "zod";
import { settingProblems } from "../settings.ts";
import { concurrencyProblems } from "./check-concurrency.ts";
import { controlProblems } from "./check-control.ts";
import { fieldProblems } from "./field-problems.ts";
import type { PlanProblem } from "./plan-problem.ts";
import { type Plan, StagePlan } from "./stage-plan.ts";

/**
 * Every reason why a plan can't be deployed, all at once; none where it can. Fields are judged first, and only a stage
 * whose fields are right is held against the rest.
 *
 * @param raw the plan as it was written, since Node runs it without looking at its types.
 */
export function planProblems(raw: readonly unknown[]): readonly PlanProblem[] {
  if (raw.length === 0) return [{ reason: "plan_empty", at: "plan", message: "has no stage; it takes at least one" }];
  const readings = raw.map((stage, index) => readStage(stage, index));
  const stages = readings.flatMap(({ stage }) => (stage === undefined ? [] : [stage]));
  return [
    ...readings.flatMap(({ problems }) => problems),
    ...clashes(stages),
    ...stages.flatMap((stage) => stageProblems(stage)),
  ];
}

function readStage(raw: unknown, index: number): { stage?: StagePlan; problems: readonly PlanProblem[] } {
  const reading = StagePlan.safeParse(raw, { reportInput: true });
  if (reading.success) return { stage: reading.data, problems: [] };
  const named = z.object({ name: z.string() }).safeParse(raw);
  const at = named.success ? named.data.name : `stage ${index + 1}`;
  return { problems: fieldProblems(reading.error.issues, at) };
}

function clashes(stages: Plan): readonly PlanProblem[] {
  return stages.flatMap((stage, index): readonly PlanProblem[] => {
    const earlier = stages.slice(0, index);
    const problems: PlanProblem[] = [];
    if (earlier.some(({ name }) => name === stage.name)) {
      const message = `two stages have this name, and everything deployed is named by it`;
      problems.push({ reason: "stage_name_clash", at: stage.name, message });
    }
    const { domain } = stage;
    if (domain !== "none" && earlier.some((other) => other.domain !== "none" && other.domain.name === domain.name)) {
      const message = `${domain.name} is another stage's too; each stage takes its own name`;
      problems.push({ reason: "domain_clash", at: `${stage.name}.domain`, message });
    }
    return problems;
  });
}

function stageProblems(stage: StagePlan): readonly PlanProblem[] {
  return [
    ...regionProblems(stage),
    ...controlProblems(stage),
    ...doorProblems(stage),
    ...identityProblems(stage),
    ...warmProblems(stage),
    ...jobsProblems(stage),
    ...concurrencyProblems(stage),
    ...settingProblems(stage),
  ];
}

function regionProblems({ name, regions }: StagePlan): readonly PlanProblem[] {
  const repeated = regions.filter((region, index) => regions.indexOf(region) !== index);
  return repeated.map((region) => ({
    reason: "region_repeated",
    at: `${name}.regions`,
    message: `${region} stands twice; a region has one cell`,
  }));
}

function doorProblems({ name, frontDoor, domain, settings }: StagePlan): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (domain !== "none" && domain.name !== domain.zoneName && !domain.name.endsWith(`.${domain.zoneName}`)) {
    const message = `${domain.name} does not lie in the zone ${domain.zoneName}`;
    problems.push({ reason: "domain_outside_zone", at: `${name}.domain`, message });
  }
  if (frontDoor === "alb" && domain === "none") {
    const message =
      "alb without a domain would take access keys over plain HTTP; it takes a domain, for its certificate";
    problems.push({ reason: "alb_without_domain", at: `${name}.frontDoor`, message });
  }
  if (frontDoor === "alb" && settings.holdMs !== 0) {
    const message = `${settings.holdMs}, behind an alb, which can't stream; it takes 0`;
    problems.push({ reason: "alb_holds", at: `${name}.settings.holdMs`, message });
  }
  return problems;
}

/** Cognito keeps these from the names of sign-in pages. Source: its developer guide, "Configuring a user pool domain". */
const RESERVED_IN_HOSTS = ["aws", "amazon", "cognito"];

function identityProblems({ name, identity, selfServiceSignUp }: StagePlan): readonly PlanProblem[] {
  if (identity === "keys-alone") {
    if (!selfServiceSignUp) return [];
    const message = "true, with keys-alone; who signs up is known by a token, so it takes an identity";
    return [{ reason: "sign_up_without_identity", at: `${name}.selfServiceSignUp`, message }];
  }
  const reserved = RESERVED_IN_HOSTS.find((word) => name.includes(word));
  if (identity.kind !== "cognito" || reserved === undefined) return [];
  const message = `${name} has ${reserved} in it, which Cognito takes in no name of a sign-in page; it takes another name`;
  return [{ reason: "sign_in_host_reserved", at: `${name}.name`, message }];
}

function jobsProblems({ name, jobs }: StagePlan): readonly PlanProblem[] {
  return Object.entries(jobs).flatMap(([priority, pollers]): readonly PlanProblem[] => {
    if (pollers.kind === "on-demand" || pollers.max >= pollers.min) return [];
    const message = `min ${pollers.min} is over max ${pollers.max}`;
    return [{ reason: "pollers_reversed", at: `${name}.jobs.${priority}`, message }];
  });
}

function warmProblems({ name, warm }: StagePlan): readonly PlanProblem[] {
  return Object.entries(warm).flatMap(([functionName, { min, max }]): readonly PlanProblem[] => {
    const at = `${name}.warm.${functionName}`;
    if (max < min) return [{ reason: "warm_reversed", at, message: `min ${min} is over max ${max}` }];
    if (min > 0 || max === 0) return [];
    const message = `max ${max} with min 0; without a warm environment nothing is measured to scale by, so min is at least 1`;
    return [{ reason: "warm_without_minimum", at, message }];
  });
}
