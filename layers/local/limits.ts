import { JOB_STOP_GRACE_MS } from "../core/job/limits.ts";
import { UNLIMITED_PER_SECOND } from "../core/rate/rate-answer.ts";

/** What one door takes and how long it waits. */
export interface DoorLimits {
  /** When a call's signal is aborted. */
  readonly callTimeoutMs: number;
  /** From there to the end of its connection: for the handler to say how far it came. */
  readonly cutAfterAbortMs: number;
  /** For all headers, and for the whole request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How late these two may be noticed. */
  readonly timeoutCheckIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
  /** All bodies held at one time. */
  readonly heldBodyBytesMax: number;
}

export const LOCAL_DOOR: DoorLimits = {
  // As long as API Gateway keeps a quiet regional stream open (REST API quotas, read 2026-11-20), so that a tool that
  // works here is not surprised there.
  callTimeoutMs: 300_000,
  cutAfterAbortMs: 2_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  timeoutCheckIntervalMs: 2_000,
  // Longer than the 60 s of an ALB and of most clients: when the caller closes an idle connection, no call is lost.
  keepAliveTimeoutMs: 65_000,
  connectionsMax: 1_000,
  // A thousand callers with 4 MiB each would otherwise take 4 GiB.
  heldBodyBytesMax: 64 * 1024 * 1024,
};

/** Nobody but its owner is on the machine: what the machine can do is the limit. */
export const FIRST_TENANT_LIMITS = {
  requestsPerSecond: UNLIMITED_PER_SECOND,
  requestBurst: 1_000_000,
  requestsPerMonth: Number.MAX_SAFE_INTEGER,
} as const;

/** For a first look around. For what is to last there are API keys. */
export const FIRST_TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;

/** What is still taken from a caller that was refused in the middle of its body, so that it gets to read the refusal. */
export const LINGER_BYTES_MAX = 16 * 1024 * 1024;
export const LINGER_MS = 2_000;

/** The steps of a drain, counted from the signal on where nothing else is said. */
export interface DrainSteps {
  /** Until here calls are still taken, while `/health/ready` tells load balancers to stop sending. */
  readonly noticeMs: number;
  /** Calls that have not finished are answered for and aborted. */
  readonly dismissMs: number;
  /** How long their handlers then have to stop what they do. */
  readonly stopMs: number;
  /** What is still open is cut. */
  readonly endMs: number;
}

export const DRAIN: DrainSteps = { noticeMs: 1_000, dismissMs: 7_000, stopMs: 1_000, endMs: 9_000 };

/** How long a log line waits for company, or for how much of it, and how many bytes may wait when the disk is slow. */
export const LOG_FLUSH_MS = 250;
export const LOG_FLUSH_BYTES = 64 * 1024;
export const LOG_WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** A log file is put aside at this size, and so many of those put aside are kept. */
export const LOG_FILE_BYTES_MAX = 16 * 1024 * 1024;
export const LOG_FILES_KEPT_MAX = 4;

/** How often what has expired is deleted, and how much of it at a time. */
export const SWEEP_INTERVAL_MS = 60_000;
export const SWEEP_COUNT_MAX = 1_000;

export const CACHE_ENTRIES_MAX = 20_000;
export const CACHE_BYTES_MAX = 32 * 1024 * 1024;

/** Processes that bake: as many as the machine runs at a time, and no more than this. */
export const BAKE_PROCESSES_MAX = 4;
export const BAKE_MEMORY_BYTES_MAX = 512 * 1024 * 1024;
/** Bakes that wait for a process. Each may hold a body, so as many as may be held. */
export const BAKE_QUEUE_MAX = 1_000;

/** A message about usage that was taken so often and never done lies among the dead letters. */
export const RECEIVES_MAX = 5;

/**
 * A message of a job that was taken so often and never done lies among the dead letters: more often than its worker lets it
 * come by itself, and the sweeper brings the job on all the same.
 */
export const JOB_RECEIVES_MAX = 10;
/**
 * Jobs that one process runs at once, by their priority. Most of them wait for something, the shortest for the disk alone;
 * bakes have their own limit.
 */
export const JOBS_AT_ONCE_MAX = { high: 16, normal: 64 } as const;
/**
 * What it takes at most to have jobs stopped: the time that a handler has for that, and some to write what became of them. A
 * cell that ends begins with it so long before its end.
 */
export const JOBS_STOP_MS_MAX = JOB_STOP_GRACE_MS + 1_000;
/** One run of a job is told to stop then: not long before it would be on Lambda, so that nobody is surprised there. */
export const JOB_RUN_MS_MAX = 14 * 60_000;
/** How long a message that this process has taken is kept from others. Should it die, the sweeper is sooner. */
export const JOB_VISIBILITY_SECONDS = 15 * 60;

/** Lanes that one process brings forward at once: each waits for the table more than it works. */
export const LANES_AT_ONCE_MAX = 16;
/**
 * How long one run of a lane begins something new, and how long its message is kept from others. The lane of a process that
 * died is brought forward again once that is over: by then the lease of the lane has to be, however late it was extended, or
 * the message would be taken for one that the holder will see to.
 */
export const LANE_RUN_MS_MAX = 9_000;
export const LANE_VISIBILITY_SECONDS = 30;
/** A message about a lane that was taken so often and never done lies among the dead letters. */
export const LANE_RECEIVES_MAX = 10;

/** How often lines of projects that are too old are deleted: a small part of three days. Nobody is shown them meanwhile. */
export const LOG_SWEEP_INTERVAL_MS = 60 * 60_000;
/** Refusals of a minute that is over are written down then. */
export const AUDIT_FLUSH_INTERVAL_MS = 60_000;
/** What schedules do in the cloud begins here when the first callers are served, and takes so long at a time at most. */
export const UPKEEP_FIRST_AFTER_MS = 5_000;
export const UPKEEP_RUN_MS_MAX = 5 * 60_000;
