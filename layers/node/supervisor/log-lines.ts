import type { TaskLogLine, TaskOrder } from "../../core/deployment/project-task.ts";
import { OUTPUT_BURST_BYTES, OUTPUT_BYTES_A_SECOND } from "./limits.ts";

export interface LogLinesParts {
  readonly order: Pick<TaskOrder, "tenantId" | "projectId" | "runId">;
  readonly nowMs: () => number;
  /** Takes one line of the log, with its end. */
  readonly write: (line: string) => void;
}

/** The log of a task: each line as JSON that says whose it is. What is too much for the log is numbered and left out. */
export class LogLines {
  readonly #parts: LogLinesParts;
  #sequence = 0;
  #budgetBytes = OUTPUT_BURST_BYTES;
  #filledAtMs: number;

  constructor(parts: LogLinesParts) {
    this.#parts = parts;
    this.#filledAtMs = parts.nowMs();
  }

  add(stream: TaskLogLine["stream"], text: string): void {
    const { order, nowMs, write } = this.#parts;
    const at = nowMs();
    this.#sequence++;
    this.#fill(at);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#budgetBytes && stream !== "system") return;
    this.#budgetBytes -= bytes;
    const { tenantId: tenant, projectId: project, runId: run } = order;
    const line: TaskLogLine = { tenant, project, run, stream, at, sequence: this.#sequence, text };
    write(`${JSON.stringify(line)}\n`);
  }

  #fill(atMs: number): void {
    const elapsedSeconds = Math.max(0, atMs - this.#filledAtMs) / 1_000;
    this.#budgetBytes = Math.min(OUTPUT_BURST_BYTES, this.#budgetBytes + elapsedSeconds * OUTPUT_BYTES_A_SECOND);
    this.#filledAtMs = atMs;
  }
}
