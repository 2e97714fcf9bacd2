/** Why a plan can't be deployed. Codes are stable; the message says what was given and what is allowed. */
export interface PlanProblem {
  readonly reason: PlanProblemReason;
  /** The stage's name, and the field within it. */
  readonly at: string;
  readonly message: string;
}

export type PlanProblemReason =
  | "field_malformed"
  | "plan_empty"
  | "stage_unknown"
  | "stage_name_clash"
  | "domain_clash"
  | "region_repeated"
  | "strong_set_impossible"
  | "strong_needs_three"
  | "strong_in_one_region"
  | "single_region_of_several"
  | "witness_is_a_cell"
  | "domain_outside_zone"
  | "alb_without_domain"
  | "alb_holds"
  | "warm_reversed"
  | "warm_without_minimum"
  | "warm_over_quota"
  | "pollers_reversed"
  | "jobs_over_quota"
  | "sign_up_without_identity"
  | "sign_in_host_reserved"
  | "setting_refused";

/** All problems of a plan at once. */
export class PlanRefused extends Error {
  readonly code = "plan_refused";
  readonly problems: readonly PlanProblem[];

  constructor(problems: readonly PlanProblem[]) {
    super(`the plan can't be deployed:\n${problems.map(({ at, message }) => `  ${at}: ${message}`).join("\n")}`);
    this.problems = problems;
  }
}
