import type { PlanProblem } from "./plan-problem.ts";
import { type Region, STRONG_REGIONS_COUNT, STRONG_SETS } from "./regions.ts";
import type { StagePlan } from "./stage-plan.ts";

/** Whether DynamoDB can make the stage's control table as the plan wants it. */
export function controlProblems(stage: StagePlan): readonly PlanProblem[] {
  const at = `${stage.name}.control`;
  if (stage.control.consistency === "single-region") {
    if (stage.regions.length === 1) return [];
    const message = `single-region, but there are cells in ${stage.regions.join(", ")}; cells in several regions need strong`;
    return [{ reason: "single_region_of_several", at, message }];
  }
  if (stage.regions.length === 1) {
    const message = `strong, in ${stage.regions.join()} alone; one region takes single-region`;
    return [{ reason: "strong_in_one_region", at, message }];
  }
  return strongProblems({ at, cells: stage.regions, witness: stage.control.witness });
}

interface StrongTable {
  readonly at: string;
  readonly cells: readonly Region[];
  readonly witness: Region | undefined;
}

function strongProblems({ at, cells, witness }: StrongTable): readonly PlanProblem[] {
  if (witness !== undefined && cells.includes(witness)) {
    const message = `${witness} is the witness and has a cell; a witness can't be read, so it takes another region`;
    return [{ reason: "witness_is_a_cell", at, message }];
  }
  const members = witness === undefined ? cells : [...cells, witness];
  if (members.length !== STRONG_REGIONS_COUNT) {
    const message = `strong, over ${members.join(", ")}; it takes three cells, or two cells and a witness`;
    return [{ reason: "strong_needs_three", at, message }];
  }
  if (STRONG_SETS.some((set) => members.every((region) => set.includes(region)))) return [];
  const sets = STRONG_SETS.map((set) => set.join(", ")).join("; or of ");
  const message = `strong, over ${members.join(", ")}; all three have to be of ${sets}`;
  return [{ reason: "strong_set_impossible", at, message }];
}
