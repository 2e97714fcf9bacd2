import type { StartProblem } from "../../core/ports/runner.ts";
import type { ServiceRefused } from "../json-client.ts";
import { CAPACITY_RETRY_AFTER_SECONDS, RATE_RETRY_AFTER_SECONDS } from "./limits.ts";

type RunnerFull = Extract<StartProblem, { reason: "runner_full" }>;

const full = (retryAfterSeconds: number): RunnerFull => ({ reason: "runner_full", retryAfterSeconds });

/**
 * How AWS says that there is no room: its own words, since it has no codes for these. The account's processors are used
 * up, so are the addresses of the subnets, or Fargate has none to spare in these zones.
 *
 * Source: ECS developer guide, "Amazon ECS API failure reasons", and re:Post, "Capacity is unavailable at this time" (read
 * 2026-11-21).
 */
const NO_ROOM =
  /capacity is unavailable|reached the limit on the number of|provisioning|insufficient|^RESOURCE:|quota/i;

/** What a refusal of RunTask means to whoever wanted to start; undefined where it is no refusal but a fault of ours. */
export function startRefusal({ name, message }: Pick<ServiceRefused, "name" | "message">): RunnerFull | undefined {
  if (name === "ThrottlingException" || /rate exceeded/i.test(message)) return full(RATE_RETRY_AFTER_SECONDS);
  return NO_ROOM.test(message) || name === "LimitExceededException" ? full(CAPACITY_RETRY_AFTER_SECONDS) : undefined;
}

/** A task that ECS took the request for, and could not place. */
export class TaskNotPlaced extends Error {
  readonly code = "task_not_placed";
  constructor(reason: string) {
    super(`no task was placed: ${reason}`);
    this.name = "TaskNotPlaced";
  }
}

/** @throws {TaskNotPlaced} where it is not for want of room. */
export function placementRefusal(failures: readonly { readonly reason?: string | undefined }[]): RunnerFull {
  const reason = failures[0]?.reason ?? "ECS told nothing";
  if (NO_ROOM.test(reason)) return full(CAPACITY_RETRY_AFTER_SECONDS);
  throw new TaskNotPlaced(reason);
}
