import type { WorkerShape } from "../../core/deployment/worker-shape.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Queue } from "../../core/ports/queue.ts";
import type { EnvironmentPool } from "./environment-pool.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { openQueueSource, type QueueSource } from "./queue-source.ts";
import { openScheduleSource, type ScheduleSource } from "./schedule-source.ts";

/** A function that nobody calls: it works off a queue, or what comes due. */
export interface HostedWorker extends Omit<HostedFunction, "log"> {
  readonly shape: WorkerShape;
  /** What stands before the name of a resource of the deployment's, by service: `arn:aws:sqs:eu-west-1:000000000000:`. */
  readonly arnPrefix: (service: "sqs" | "scheduler") => string;
  /** The one that it works off; left out where it works off none. */
  readonly source?: HostedQueue;
}

export interface HostedQueue {
  readonly name: string;
  readonly queue: Pick<Queue, "receive" | "complete">;
  readonly visibilitySeconds: number;
  /** Invocations at once. */
  readonly concurrencyMax: number;
}

export interface WorkerSurroundings {
  readonly pool: EnvironmentPool;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tell: (line: object) => void;
}

/** A worker works off a queue, and nobody has said which. */
export class WorkerWithoutQueue extends Error {
  readonly code = "worker_without_queue";
  constructor(name: string) {
    super(`${name} works off a queue, and its host was given none`);
    this.name = "WorkerWithoutQueue";
  }
}

/** Puts a worker to work, until what it returns is closed. */
export function openSource(worker: HostedWorker, surroundings: WorkerSurroundings): QueueSource | ScheduleSource {
  const { shape, source, arnPrefix, functionName, region } = worker;
  const { works } = shape;
  if (works.by === "schedules") {
    const scheduleArnPrefix = `${arnPrefix("scheduler")}schedule/default/${functionName}`;
    return openScheduleSource({ ...surroundings, schedules: works.schedules, scheduleArnPrefix });
  }
  if (source === undefined || works.by !== "queue") throw new WorkerWithoutQueue(shape.name);
  const queueArn = `${arnPrefix("sqs")}${source.name}`;
  return openQueueSource({ ...surroundings, ...source, queueArn, region, work: works });
}
