import {
  type Fields,
  isJson,
  isNumber,
  isReason,
  isRecord,
  isText,
  questionOf,
} from "../../client/people/parse-server-frame.ts";
import type { BoardQuestion } from "../../client/people/question-board.ts";

/** A question as `/api/questions` shows it. */
export interface ShownQuestion {
  readonly question: BoardQuestion;
  /** Who is asked: `everyone`, `role:<role>` or `member:<subject>`. */
  readonly to: string;
}

/** Undefined for what is no question. */
export function parseShownQuestion(raw: unknown): ShownQuestion | undefined {
  if (!isRecord(raw) || !isText(raw.to)) return undefined;
  const { questionId: request_id, asker: asked_by, askedAtEpochMs: asked_at, expiresAtEpochMs: expires_at } = raw;
  const asked = questionOf({ ...raw, request_id, asked_by, asked_at, expires_at });
  const closed = closedOf(raw);
  return asked && { to: raw.to, question: { ...asked, ...(closed !== undefined && { closed }) } };
}

/** A page of their list. */
export function parseQuestionPage(
  raw: unknown,
): { readonly questions: readonly ShownQuestion[]; readonly cursor?: string } | undefined {
  if (!isRecord(raw) || !Array.isArray(raw.questions)) return undefined;
  const questions = raw.questions.flatMap((each) => parseShownQuestion(each) ?? []);
  return { questions, ...(isText(raw.cursor) && { cursor: raw.cursor }) };
}

function closedOf({ state, closedAtEpochMs: atEpochMs, closedBy, answer }: Fields): BoardQuestion["closed"] {
  if (!isReason(state) || !isNumber(atEpochMs)) return undefined;
  const by = isText(closedBy) ? { by: closedBy } : {};
  const value = isRecord(answer) && isJson(answer.value) ? { answer: answer.value } : {};
  return { reason: state, atEpochMs, ...by, ...value };
}
