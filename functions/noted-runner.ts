import { logStreamOf } from "../layers/core/deployment/project-task.ts";
import { LogBook } from "../layers/core/log/log-book.ts";
import { notingRunner } from "../layers/core/log/noting-runner.ts";
import type { Runner } from "../layers/core/ports/runner.ts";
import type { Table } from "../layers/core/ports/table.ts";
import { type FunctionRunnerParts, functionRunner } from "./function-runner.ts";

/** What runs projects for a function, and the book in which each run stands with the stream that its lines go to. */
export interface NotedRunner {
  readonly runner: Runner;
  readonly book: LogBook;
}

/** Undefined where the plan has no projects. */
export function notedRunner(parts: FunctionRunnerParts & { readonly table: Table }): NotedRunner | undefined {
  const tasks = functionRunner(parts);
  if (tasks === undefined) return undefined;
  const book = new LogBook(parts);
  return { runner: notingRunner(tasks, book, streamOf), book };
}

/** A run's place is the ARN of its task, which ends with the task's id. */
const streamOf = (taskArn: string): string => logStreamOf(taskArn.slice(taskArn.lastIndexOf("/") + 1));
