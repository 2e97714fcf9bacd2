import type { QueueWork } from "../layers/core/deployment/worker-shape.ts";
import type { StagePlan } from "./plan/stage-plan.ts";

/**
 * What asks a queue for messages. Lambda starts and ends pollers `on-demand`, and runs no more than `atOnceMax` batches; or
 * it keeps `min` of them ready and adds up to `max`.
 */
export type Pollers = StagePlan["jobs"]["normal"];

/** A provisioned poller hands out so many batches at once. Source: as of the plan's `jobs`. */
const BATCHES_A_POLLER = 10;

/** How a queue is asked: as the worker's shape says, or, of jobs, the plan. */
export function pollersOf({ queue, concurrencyMax }: QueueWork, { jobs }: Pick<StagePlan, "jobs">): Pollers {
  if (concurrencyMax !== "planned") return { kind: "on-demand", atOnceMax: concurrencyMax };
  return queue === "jobs-high" ? jobs.high : jobs.normal;
}

/** Batches at once. */
export function atOnceMaxOf(pollers: Pollers): number {
  return pollers.kind === "on-demand" ? pollers.atOnceMax : pollers.max * BATCHES_A_POLLER;
}
