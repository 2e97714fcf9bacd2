import { scheduleInput } from "../../core/deployment/invocation-inputs.ts";
import { settledWithin } from "../../core/deployment/settled-within.ts";
import type { WorkSchedule } from "../../core/deployment/worker-shape.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { EnvironmentPool } from "./environment-pool.ts";

export interface ScheduleSourceParts {
  /** At least one. */
  readonly schedules: readonly WorkSchedule[];
  /** What the names of the schedules begin with: their group's ARN and the function's name. */
  readonly scheduleArnPrefix: string;
  readonly pool: Pick<EnvironmentPool, "invoke">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What the function failed with. Does not throw. */
  readonly tell: (line: object) => void;
}

/** Calls a function for each of its works, as EventBridge Scheduler does. */
export interface ScheduleSource {
  /** Calls no more, and waits for the calls under way for `waitMsMax` at most. */
  close(waitMsMax: number): Promise<void>;
}

/**
 * At once, and then at each schedule's interval. A run that takes longer than its interval is not run beside itself, as it
 * would be in AWS; one that failed is not tried again before the next.
 */
export function openScheduleSource({ schedules, clock, ...parts }: ScheduleSourceParts): ScheduleSource {
  const closing = new AbortController();
  const { signal } = closing;

  async function repeat({ work, everyMinutes }: WorkSchedule): Promise<void> {
    while (!signal.aborted) {
      const dueAtMs = clock.nowMs();
      await call(work, { ...parts, dueAtMs });
      await clock.sleep(Math.max(0, dueAtMs + everyMinutes * 60_000 - clock.nowMs()), signal);
    }
  }

  const repeating = schedules.map(repeat);
  return {
    async close(waitMsMax) {
      closing.abort();
      await settledWithin(clock, { work: repeating, waitMsMax });
    },
  };
}

type CallParts = Pick<ScheduleSourceParts, "scheduleArnPrefix" | "pool" | "chance" | "tell"> & {
  readonly dueAtMs: number;
};

async function call(work: string, { scheduleArnPrefix, pool, chance, tell, dueAtMs }: CallParts): Promise<void> {
  const requestId = chance.uuid();
  const event = scheduleEvent(work, { scheduleArnPrefix, dueAtMs, executionId: requestId });
  const outcome = await pool.invoke({ requestId, event });
  if (outcome.kind === "error") tell({ requestId, work, ...outcome.error });
}

/** What a schedule sends that has come due, at its first attempt. */
export function scheduleEvent(
  work: string,
  {
    scheduleArnPrefix,
    dueAtMs,
    executionId,
  }: Pick<CallParts, "scheduleArnPrefix" | "dueAtMs"> & { executionId: string },
): string {
  return JSON.stringify({
    ...scheduleInput(work),
    scheduleArn: `${scheduleArnPrefix}-${work}`,
    scheduledTime: new Date(dueAtMs).toISOString().replace(/\.\d+/, ""),
    executionId,
    attempt: "1",
  });
}
