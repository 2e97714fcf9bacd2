import { parsedJson } from "../parsed-json.ts";
import { StoreFault } from "../ports/store-fault.ts";
import { QUESTION_DUE_AHEAD_MS } from "./limits.ts";
import type { QuestionParts } from "./question-parts.ts";
import type { KeptQuestion } from "./stored-question.ts";

/** That a question's time is about to be over. Whose it is, the queue says; when that is, the question itself. */
export function questionDueBody(questionId: string): string {
  return JSON.stringify({ kind: "question-due", questionId });
}

/** The question's id; undefined of any other message. */
export function parseQuestionDue(body: string): string | undefined {
  const raw = parsedJson(body);
  if (typeof raw !== "object" || raw === null || !("kind" in raw) || raw.kind !== "question-due") return undefined;
  return "questionId" in raw && typeof raw.questionId === "string" ? raw.questionId : undefined;
}

/** The queue takes no message about the end of a question, which is small: a fault of ours. */
export class QuestionDueRefused extends Error {
  readonly code = "question_due_refused";
  constructor(bytes: number) {
    super(`the queue refused a message about the end of a question of ${bytes} bytes`);
    this.name = "QuestionDueRefused";
  }
}

/**
 * Sends a message that comes when the question's time is over, where that is soon: a later one is the sweeper's to send. Not
 * for a question that a job waits for, which is run then and ends it itself. Where the queue fails, the sweeper ends it.
 */
export async function callWhenDue(
  { queue, clock, report }: Pick<QuestionParts, "queue" | "clock" | "report">,
  question: KeptQuestion,
): Promise<void> {
  const { tenantId, questionId, jobId, expiresAtEpochMs } = question;
  const leftMs = expiresAtEpochMs - clock.nowMs();
  if (jobId !== undefined || leftMs > QUESTION_DUE_AHEAD_MS) return;
  const delaySeconds = Math.max(0, Math.ceil(leftMs / 1_000));
  try {
    const sent = await queue.send(tenantId, { body: questionDueBody(questionId), delaySeconds });
    if (!sent.ok) report(new QuestionDueRefused(sent.problem.bytes));
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    report(fault);
  }
}
