import { DEPLOYED_WORKERS } from "../functions.ts";
import { atOnceMaxOf, pollersOf } from "../pollers.ts";
import type { PlanProblem } from "./plan-problem.ts";
import type { StagePlan } from "./stage-plan.ts";

/** Lambda keeps these of the quota for functions without a share of their own. Source: Lambda quotas, 2026-11-20. */
const UNRESERVED_CONCURRENCY_MIN = 100;

/**
 * Whether what is kept warm and what works off queues, all at its most, leaves the calls of people and programs what Lambda
 * would leave them. Not counted: what a schedule starts, which is one at a time.
 */
export function concurrencyProblems(stage: StagePlan): readonly PlanProblem[] {
  const { name, warm, concurrencyQuota } = stage;
  const room = Math.max(0, concurrencyQuota - UNRESERVED_CONCURRENCY_MIN);
  const allowed = `of a quota of ${concurrencyQuota} of which ${UNRESERVED_CONCURRENCY_MIN} stay free for calls; at most ${room}`;
  const warmTotal = Object.values(warm).reduce((total, { max }) => total + max, 0);
  if (warmTotal > room) {
    return [{ reason: "warm_over_quota", at: `${name}.warm`, message: `${warmTotal} in all, ${allowed}` }];
  }
  const workers = batchesOf(stage);
  const total = workers.reduce((sum, { atOnceMax }) => sum + atOnceMax, warmTotal);
  if (total <= room) return [];
  const parts = [...workers.map(({ queue, atOnceMax }) => `${queue} ${atOnceMax}`), `warm ${warmTotal}`];
  const message = `${total} at once in all (${parts.join(", ")}), ${allowed}`;
  return [{ reason: "jobs_over_quota", at: `${name}.jobs`, message }];
}

/** How many batches of each queue are worked off at once. */
function batchesOf(stage: StagePlan): readonly { readonly queue: string; readonly atOnceMax: number }[] {
  return DEPLOYED_WORKERS.flatMap(({ shape: { works } }) =>
    works.by === "queue" ? [{ queue: works.queue, atOnceMax: atOnceMaxOf(pollersOf(works, stage)) }] : [],
  );
}
