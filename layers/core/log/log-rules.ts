import { RUN_ID_PATTERN } from "../ports/runner.ts";
import { LINE_CHARACTERS_MAX, PAGE_LINES_MAX } from "./limits.ts";

/** An id that can't be the name of a log, or a number that no page has. A caller's mistake, so a fault. */
export class LogMalformed extends Error {
  readonly code = "log_malformed";
  constructor(part: string, allowed: string) {
    super(`${part} is not ${allowed}`);
    this.name = "LogMalformed";
  }
}

const PROJECT_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws {LogMalformed} */
export function checkProjectId(projectId: string): void {
  if (!PROJECT_ID_PATTERN.test(projectId)) throw new LogMalformed("project id", "1 to 64 letters, digits, - and _");
}

/** @throws {LogMalformed} */
export function checkRunId(runId: string): void {
  if (!RUN_ID_PATTERN.test(runId)) throw new LogMalformed("run id", "1 to 64 letters, digits, - and _");
}

/** @throws {LogMalformed} */
export function checkPageLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= PAGE_LINES_MAX) return;
  throw new LogMalformed("limit", `a whole number from 1 to ${PAGE_LINES_MAX}`);
}

const LINE_ENDS = /[\r\n]+/g;
const LAST_LINE_ENDS = /[\r\n]+$/;

/** A text as one line is kept: one line, no longer than it may be, and good Unicode. */
export function keptText(text: string): string {
  const isOne = !text.includes("\n") && !text.includes("\r");
  const line = isOne
    ? text
    : text
        .slice(0, 2 * LINE_CHARACTERS_MAX)
        .replace(LAST_LINE_ENDS, "")
        .replace(LINE_ENDS, " ");
  return line.slice(0, LINE_CHARACTERS_MAX).toWellFormed();
}
