import process from "node:process";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { QuestionDeps } from "../layers/core/question/question-parts.ts";
import { peopleMetrics } from "../layers/http/lambda/people-metrics.ts";

/** Writes down what becomes of questions in a function, with its metrics: a line each. */
export function questionLines(service: string, clock: Clock): NonNullable<QuestionDeps["turned"]> {
  const { question } = peopleMetrics({ service, nowMs: () => clock.nowMs() });
  return (turn) => void process.stdout.write(`${JSON.stringify(question(turn))}\n`);
}
