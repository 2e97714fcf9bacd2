/**
 * What is agreed between the stack that makes a place for the runs of projects on Fargate, whoever starts tasks there,
 * and the program in each task that looks after its run.
 */

export interface TaskSize {
  /** 1,024 are a processor. */
  readonly cpuUnits: number;
  readonly memoryMib: number;
}

/**
 * From the least to the largest, each with a task definition of its own: some of the pairs that Fargate has, with two and
 * four GB for each processor. Source: ECS developer guide, "Task CPU and memory" for Fargate (read 2026-11-21).
 */
export const TASK_SIZES: readonly TaskSize[] = [
  { cpuUnits: 256, memoryMib: 512 },
  { cpuUnits: 256, memoryMib: 1_024 },
  { cpuUnits: 512, memoryMib: 1_024 },
  { cpuUnits: 512, memoryMib: 2_048 },
  { cpuUnits: 1_024, memoryMib: 2_048 },
  { cpuUnits: 1_024, memoryMib: 4_096 },
  { cpuUnits: 2_048, memoryMib: 4_096 },
  { cpuUnits: 2_048, memoryMib: 8_192 },
  { cpuUnits: 4_096, memoryMib: 8_192 },
  { cpuUnits: 4_096, memoryMib: 16_384 },
];

/** The family of a size's task definitions: always its newest revision is run. */
export const taskFamily = (prefix: string, { cpuUnits, memoryMib }: TaskSize): string =>
  `${prefix}-${cpuUnits}-${memoryMib}`;

/** The one container of a task. */
export const TASK_CONTAINER = "project";
/** Begins the names of log streams, which go on with the container and the task's id. */
export const LOG_STREAM_PREFIX = "run";
export const logStreamOf = (taskId: string): string => `${LOG_STREAM_PREFIX}/${TASK_CONTAINER}/${taskId}`;

/** The most that Fargate gives; a run's own grace lies within it. Source: ECS API reference, ContainerDefinition. */
export const STOP_TIMEOUT_SECONDS = 120;
/** What every task has without a charge. Source: ECS developer guide, "Fargate task ephemeral storage". */
export const TASK_DISK_BYTES: number = 20 * 1024 ** 3;

/** Where the supervisor finds what it has to run: a link, good for some minutes, to the order as JSON. */
export const ORDER_VARIABLE = "SKEIN_ORDER";
/** What the runner reads off the task again, as JSON. */
export const RUN_VARIABLE = "SKEIN_RUN";

/** As whom the program of a run runs: neither as the supervisor nor as anybody that an image knows as more than a user. */
export const RUN_USER_ID = 1_000;
/** Where the archive of the workspace is unpacked. */
export const WORKSPACE_FOLDER = "/workspace";

/**
 * Where a task says whose run it is to whoever carries a call there: addresses are given to others in time, and a call must
 * never come to another's. Among the ports that no project has.
 */
export const NAME_PORT = 2_699;
/** What it says. A run's id can't be guessed, so nobody passes for it. */
export const runName = (tenantId: string, runId: string): string => `${tenantId}/${runId}`;
/** More than any has. */
export const RUN_NAME_BYTES_MAX = 200;

/**
 * On whose computers runs go: AWS's spare ones cost some 70 % less, and are taken back with two minutes' notice. Where the
 * plan says so, only what is being developed goes there.
 */
export const TASK_CAPACITIES = ["on-demand", "spot", "spot-in-development"] as const;
export type TaskCapacity = (typeof TASK_CAPACITIES)[number];

/** What the supervisor reads. */
export interface TaskOrder {
  readonly tenantId: string;
  readonly projectId: string;
  readonly runId: string;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly port?: number;
  /** A link to the workspace: a tar archive, compressed with gzip. */
  readonly workspace: string;
  /** Below the workspace; empty for all of it. */
  readonly folder: string;
  readonly limits: {
    readonly cpuSeconds?: number;
    readonly outputBytes?: number;
    readonly diskBytes: number;
    readonly processCount: number;
    readonly lifetimeMs: number;
  };
  readonly graceMs: number;
}

/** Why a supervisor ended a run, or could not begin it. Each has an exit code of its own, in this order. */
export const SUPERVISOR_EXITS = [
  "cpu_exceeded",
  "memory_exceeded",
  "output_exceeded",
  "disk_exceeded",
  "processes_exceeded",
  "lifetime_exceeded",
  "order_unread",
  "workspace_unread",
  "folder_missing",
  "command_unstartable",
] as const;
export type SupervisorExit = (typeof SUPERVISOR_EXITS)[number];

/** Signals are from 129 to 192, and programs seldom end so high with a code of their own. */
const FIRST_EXIT_CODE = 240;

export const exitCodeOf = (exit: SupervisorExit): number => FIRST_EXIT_CODE + SUPERVISOR_EXITS.indexOf(exit);

/** Undefined for a code that is the program's own. */
export const supervisorExitOf = (code: number): SupervisorExit | undefined => SUPERVISOR_EXITS[code - FIRST_EXIT_CODE];

/** What a program is told to have ended with where its own code means something else here. */
export const programExitCode = (code: number): number =>
  supervisorExitOf(code) === undefined ? code : FIRST_EXIT_CODE - 1;

/** Begins what the supervisor says last, after all that the run has printed. */
export const RUN_ENDED = "ended:";

/** One line of the log of a task: of the run where it has a stream of its own, else of what the supervisor says of it. */
export interface TaskLogLine {
  readonly tenant: string;
  readonly project: string;
  readonly run: string;
  readonly stream: "stdout" | "stderr" | "system";
  /** When the supervisor had all of it. */
  readonly at: number;
  /** Counts the lines of the run from 1. */
  readonly sequence: number;
  readonly text: string;
}
