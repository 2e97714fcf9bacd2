import type { FunctionShape, QueueName } from "./function-shape.ts";

type SharedShape = Pick<
  FunctionShape,
  "name" | "memoryMb" | "layers" | "tables" | "bucket" | "secrets" | "queues" | "cache"
>;

/** What a function asks of the place it runs in that no caller waits for over HTTP: it works off a queue, what comes due, or events. */
export interface WorkerShape extends SharedShape {
  /** The folder below `functions/` and `build/functions/`, where several functions have the same code; left out, its name. */
  readonly bundle?: string;
  readonly timeoutMs: number;
  /** As that of a function behind a door. */
  readonly runner?: "use";
  /** Likewise. */
  readonly connections?: "push";
  /** Erases what tenants left in the buckets of all regions. Left out, it does not. */
  readonly erases?: "every-region";
  readonly works: QueueWork | ScheduledWorks | SocketWork;
}

/** What happens to the connections of the WebSocket API, and whether one may be opened. */
export interface SocketWork {
  readonly by: "sockets";
}

/** How Lambda takes messages for it. */
export interface QueueWork {
  readonly by: "queue";
  readonly queue: QueueName;
  /** Messages in one invocation, and how long is waited for as many. */
  readonly batchCountMax: number;
  readonly gatherSecondsMax: number;
  /** Invocations at once; `planned` where the plan says how many. */
  readonly concurrencyMax: number | "planned";
  /**
   * A message that was taken stays hidden for so many of the function's timeouts, and comes again then if its worker died.
   * Lambda refuses less than one. In the others it tries again what it could not start at once, so that work which is short
   * and may come twice does with fewer than the six that are recommended.
   * @default - six
   */
  readonly hiddenTimeouts?: number;
  /** A message that was received so often and is not done becomes a dead letter. */
  readonly receivesMax: number;
  /** A message that is so old is late: older than any that is being worked off, or held back, as it should be. */
  readonly lateSeconds: number;
}

export interface ScheduledWorks {
  readonly by: "schedules";
  readonly schedules: readonly WorkSchedule[];
}

export interface WorkSchedule {
  /** As the function knows it. */
  readonly work: string;
  readonly everyMinutes: number;
  /** Each region for what lies in it alone; one of them for what all regions share. */
  readonly runsIn: "each-region" | "one-region";
  /** Where the plan has these. Left out, always. */
  readonly onlyWith?: "projects";
}

/**
 * Source: Lambda developer guide, "Creating and configuring an Amazon SQS event source mapping" (read 2026-11-21): six are
 * recommended, one is demanded.
 */
const HIDDEN_TIMEOUTS_DEFAULT = 6;

/** The visibility timeout of the queue that a worker works off. */
export function visibilitySecondsOf(
  { hiddenTimeouts = HIDDEN_TIMEOUTS_DEFAULT }: Pick<QueueWork, "hiddenTimeouts">,
  { timeoutMs }: Pick<WorkerShape, "timeoutMs">,
): number {
  return (hiddenTimeouts * timeoutMs) / 1_000;
}
