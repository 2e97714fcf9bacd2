import * as z from "zod";
import { RUN_VARIABLE, TASK_CONTAINER } from "../../core/deployment/project-task.ts";

/** ECS writes moments as seconds with a fraction. */
const moment = z.number().transform((epochSeconds) => Math.round(epochSeconds * 1_000));

/** Source: ECS API reference, Task (read 2026-11-21), as far as a runner goes by it. */
const RawTask = z.object({
  taskArn: z.string(),
  lastStatus: z.string(),
  startedBy: z.string().optional(),
  createdAt: moment.optional(),
  startedAt: moment.optional(),
  executionStoppedAt: moment.optional(),
  stoppedAt: moment.optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  attachments: z
    .array(z.object({ details: z.array(z.object({ name: z.string(), value: z.string() })).default([]) }))
    .default([]),
  containers: z
    .array(z.object({ name: z.string(), exitCode: z.int().optional(), reason: z.string().optional() }))
    .default([]),
  overrides: z.object({
    containerOverrides: z.array(
      z.object({
        name: z.string(),
        environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
      }),
    ),
  }),
});

const Shown = z.object({ runId: z.string(), projectId: z.string(), port: z.int().optional() });

/** A task of a run, as ECS tells of it. */
export interface RunTask {
  readonly arn: string;
  /** By which it is known whose it is. */
  readonly token: string | undefined;
  readonly runId: string;
  readonly projectId: string;
  readonly port: number | undefined;
  readonly lastStatus: string;
  readonly createdAtEpochMs: number | undefined;
  readonly startedAtEpochMs: number | undefined;
  /** When its container ended, or else all of the task. */
  readonly endedAtEpochMs: number | undefined;
  readonly stopCode: string | undefined;
  readonly stoppedReason: string | undefined;
  readonly exitCode: number | undefined;
  readonly containerReason: string | undefined;
  /** Within the network of all runs. */
  readonly privateAddress: string | undefined;
}

/** Undefined for a task that no runner of ours has started. @throws {z.ZodError} for what is no task at all. */
export function parseTask(raw: unknown): RunTask | undefined {
  const task = RawTask.parse(raw);
  const overridden = task.overrides.containerOverrides.find(({ name }) => name === TASK_CONTAINER);
  const shown = shownIn(overridden?.environment.find(({ name }) => name === RUN_VARIABLE)?.value);
  if (shown === undefined) return undefined;
  const container = task.containers.find(({ name }) => name === TASK_CONTAINER);
  const details = task.attachments.flatMap((attachment) => attachment.details);
  return {
    arn: task.taskArn,
    token: task.startedBy,
    runId: shown.runId,
    projectId: shown.projectId,
    port: shown.port,
    lastStatus: task.lastStatus,
    createdAtEpochMs: task.createdAt,
    startedAtEpochMs: task.startedAt,
    endedAtEpochMs: task.executionStoppedAt ?? task.stoppedAt,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    exitCode: container?.exitCode,
    containerReason: container?.reason,
    privateAddress: details.find(({ name }) => name === "privateIPv4Address")?.value,
  };
}

function shownIn(value: string | undefined): z.infer<typeof Shown> | undefined {
  if (value === undefined) return undefined;
  try {
    return Shown.parse(JSON.parse(value));
  } catch {
    return undefined; // another's variable of that name
  }
}

/** Answers of RunTask, StopTask, DescribeTasks and ListTasks. */
const Answer = z.object({
  tasks: z.array(z.unknown()).default([]),
  task: z.unknown().optional(),
  taskArns: z.array(z.string()).default([]),
  failures: z.array(z.object({ reason: z.string().optional(), detail: z.string().optional() })).default([]),
});

export const parseAnswer = (raw: unknown): z.infer<typeof Answer> => Answer.parse(raw);
