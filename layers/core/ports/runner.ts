import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/** What a run is told to be. Nothing in it changes while it runs. */
export interface RunOrder {
  /** Chosen by the caller, 1 to 64 of letters, digits, `-` and `_`. A second start of it starts nothing. */
  readonly runId: string;
  /** Whose output it is, and who holds the port. */
  readonly projectId: string;
  /** One program with its arguments, as they are; or a line for `sh -c`. */
  readonly command: { readonly argv: readonly [string, ...string[]] } | { readonly shell: string };
  /** Within the tenant's workspace: relative to it, or absolute where the runner's host knows such a path. */
  readonly workingDirectory: string;
  /** Added to the little that a run is given anyway: PATH, HOME, LANG, TZ, TMPDIR, and HOST and PORT where it has one. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it is to listen, on {@link RunStatus.address}'s host. Whoever orders has allotted it. */
  readonly port?: number;
  readonly limits: RunLimits;
  /** From the request to end until it is ended whatever it does. 0 to {@link GRACE_MS_MAX}. */
  readonly graceMs: number;
}

/** Of the whole tree of a run's processes together. Past any of them the run is ended, but for `cpuShare`. */
export interface RunLimits {
  /** Processor time since the start. @default - none, but for its lifetime */
  readonly cpuSeconds?: number;
  /** Processors at a time, such as 0.25 or 2. Kept by Fargate; on one machine a run only stands behind the cell. */
  readonly cpuShare: number;
  readonly memoryBytes: number;
  /** Of both streams since the start. @default - none: what is kept of it is bounded all the same */
  readonly outputBytes?: number;
  /** What its working directory and its temporary files may hold. */
  readonly diskBytes: number;
  readonly processCount: number;
  readonly lifetimeMs: number;
}

/** A run as its caller knows it. */
export interface RunRef {
  readonly runId: string;
  /** As {@link Runner.start} told it. A caller that lost it leaves it out, and the run is looked for. */
  readonly place?: string;
}

export const RUN_END_REASONS = [
  /** By itself. */
  "exited",
  /** Somebody asked for it. */
  "stopped",
  "cpu_exceeded",
  "memory_exceeded",
  "output_exceeded",
  "disk_exceeded",
  "processes_exceeded",
  "lifetime_exceeded",
  /** It listened on a port that is reserved or another run's. */
  "port_refused",
  /** It listened where others than this machine reach it. Never on Fargate, whose security group sees to that. */
  "address_exposed",
  /** The host could not so much as start it. */
  "start_failed",
  /** Its host ended under it: a runner that was killed, a machine or a spot place that went away. */
  "host_lost",
] as const;
export type RunEndReason = (typeof RUN_END_REASONS)[number];

interface RunFacts {
  readonly runId: string;
  readonly projectId: string;
  /** To be kept beside the run and given with each {@link RunRef}: spares a search. Opaque. */
  readonly place: string;
  readonly usage?: RunUsage;
}

/** As of the last look of whoever measures; what is not measured is left out. */
export interface RunUsage {
  readonly cpuMs?: number;
  readonly memoryBytes?: number;
  readonly processCount?: number;
  readonly outputBytes?: number;
  readonly diskBytes?: number;
}

export type RunStatus = RunFacts &
  (
    | { readonly state: "starting" }
    | {
        readonly state: "running";
        readonly startedAtEpochMs: number;
        /** Where a run with a port is reached by the cell, whether or not it listens yet. */
        readonly address?: { readonly host: string; readonly port: number };
        /** Left out where the runner can't tell. */
        readonly isListening?: boolean;
      }
    | {
        readonly state: "exited";
        readonly reason: RunEndReason;
        /** As shells count: 128 and the signal's number where a signal ended it. Left out where nobody knows. */
        readonly exitCode?: number;
        /** Such as SIGTERM, where the exit code says that one ended it. */
        readonly signal?: string;
        /** For people, of what the reason leaves open, such as which port. */
        readonly detail?: string;
        /** Left out where it never ran. */
        readonly startedAtEpochMs?: number;
        readonly endedAtEpochMs: number;
      }
  );

export type StartProblem =
  /** It, or what it links to, lies outside the tenant's workspace. */
  | { readonly reason: "workspace_outside" }
  /** Inside, and no folder. */
  | { readonly reason: "workspace_missing" }
  /** Malformed, or one that the runner sets itself. */
  | { readonly reason: "environment_refused"; readonly name: string }
  | { readonly reason: "order_too_large"; readonly bytes: number; readonly bytesMax: number }
  | { readonly reason: "port_reserved"; readonly port: number }
  | { readonly reason: "port_taken"; readonly port: number }
  /** The host has no room now. */
  | { readonly reason: "runner_full"; readonly retryAfterSeconds: number };

/** Never started, of another tenant, or ended so long ago that it is forgotten. */
export type RunUnknown = { readonly reason: "run_unknown" };

/** One line of what a run printed. */
export interface RunOutput {
  readonly runId: string;
  readonly stream: "stdout" | "stderr";
  /** When the runner had all of it. */
  readonly atEpochMs: number;
  /** Without its end. What is no UTF-8 is replaced by U+FFFD; of a longer one, the next piece is the next line. */
  readonly text: string;
  /** Rises from line to line of a run, both streams together. */
  readonly sequence: number;
}

export interface OutputPage {
  readonly lines: readonly RunOutput[];
  /** Where the next page begins. Opaque; stays good across processes. */
  readonly cursor: string;
  /** The run has ended and all that it printed and was kept has been given. */
  readonly ended: boolean;
}

/** `by` is told of the tenant's own runs alone. `reserved` by the host for itself: nobody gets it. */
export type PortState =
  | { readonly state: "free" }
  | { readonly state: "reserved" }
  | { readonly state: "taken"; readonly by?: { readonly runId: string; readonly projectId: string } };

/**
 * Programs of tenants that go on when the process that started them ends. The tenant comes first everywhere: a run of
 * another tenant is unknown.
 *
 * Every method throws a {@link RunnerFault} where the host can't be reached; whether a start or a stop took effect is
 * then unknown, and asking again is safe.
 */
export interface Runner {
  /**
   * Resolves when the host has taken the order and keeps it; the program may not run yet, and may have ended already.
   * Where the run is there, whatever its state and whatever its order was, tells of it and starts nothing.
   */
  start(tenantId: TenantId, order: RunOrder): Promise<Result<RunStatus, StartProblem>>;
  /**
   * Asks it to end: SIGTERM to its processes, and after its `graceMs` SIGKILL to all that are left. Resolves when the
   * request is kept, not when the run has ended: {@link look} tells that. Stopping what has ended changes nothing.
   *
   * @param options `force` leaves no grace, where the host can do that. Fargate can't.
   */
  stop(tenantId: TenantId, run: RunRef, options?: { readonly force?: boolean }): Promise<Result<RunStatus, RunUnknown>>;
  /**
   * At most {@link LOOK_COUNT_MAX}. In the order asked for, leaving out what is unknown. An ended run is told for at
   * least {@link ENDED_RUN_KEPT_MS}; its caller writes down how it ended.
   */
  look(tenantId: TenantId, runs: readonly RunRef[]): Promise<readonly RunStatus[]>;
  /**
   * What it printed, in its order, at most `linesMax`; from the first line that is kept, or on from a cursor. Waits up
   * to `waitMs` for a first line, and less where the run ends or `signal` is aborted. At least the newest
   * {@link OUTPUT_KEPT_BYTES} of a project are kept, unless somebody clears its log. An unknown run has printed nothing.
   */
  output(
    tenantId: TenantId,
    run: RunRef,
    options: {
      readonly cursor?: string;
      readonly linesMax: number;
      readonly waitMs?: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<OutputPage>;
  /** Whether a run could listen there now, tried out where ports are shared. Not promised for the next moment. */
  portState(tenantId: TenantId, port: number): Promise<PortState>;
}

/** Fargate kills after `stopTimeout`, of at most two minutes. Source: ECS, task definition parameters (read 2026-11-21). */
export const GRACE_MS_MAX = 120_000;
/** Source: ECS, DescribeTasks: "up to 100 tasks" (read 2026-11-21). */
export const LOOK_COUNT_MAX = 100;
/** Source: ECS, DescribeTasks: stopped tasks "for at least one hour" (read 2026-11-21). */
export const ENDED_RUN_KEPT_MS = 60 * 60 * 1000;
/** Of the command with the environment as JSON. Source: ECS, RunTask: overrides have at most 8,192 characters; the rest is ours. */
export const ORDER_BYTES_MAX = 6 * 1024;
/** A line beyond it is cut into pieces. */
export const OUTPUT_LINE_BYTES_MAX = 16 * 1024;
/** As much as the MCP Debug Host keeps of a project's log, less the piece that goes when it is full. */
export const OUTPUT_KEPT_BYTES = 9_000_000;
export const RUN_ID_PATTERN: RegExp = /^[A-Za-z0-9_-]{1,64}$/;

/** A host of runs that could not be reached or did not answer. */
export class RunnerFault extends Error {
  readonly code = "runner_unavailable";
  readonly operation: string;
  constructor(operation: string, options: { cause: unknown }) {
    super(`the runner could not ${operation}`, options);
    this.name = "RunnerFault";
    this.operation = operation;
  }
}
