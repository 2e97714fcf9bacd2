import type { AskedQuestion, ClosedQuestion, Urgency } from "./wire.ts";

/** A question as all that was told of it makes it. */
export interface BoardQuestion extends AskedQuestion {
  /** Left out while it is open. */
  readonly closed?: Pick<ClosedQuestion, "reason" | "by" | "answer"> & { readonly atEpochMs: number };
}

export interface QuestionBoard {
  readonly questions: ReadonlyMap<string, BoardQuestion>;
  /** Of questions of which nothing else was told yet. */
  readonly ends: ReadonlyMap<string, ClosedQuestion>;
}

export const EMPTY_BOARD: QuestionBoard = { questions: new Map(), ends: new Map() };

/** Whatever comes in whatever order, and however often: the greatest revision counts, and what is closed stays so. */
export function withAsked(board: QuestionBoard, asked: AskedQuestion): QuestionBoard {
  const known = board.questions.get(asked.requestId);
  if (known !== undefined && known.revision >= asked.revision) return board;
  const end = board.ends.get(asked.requestId);
  const closed = end === undefined ? known?.closed : closedOf(end);
  const question = { ...asked, ...(closed !== undefined && { closed }) };
  return { ...board, questions: new Map(board.questions).set(asked.requestId, question) };
}

export function withClosed(board: QuestionBoard, end: ClosedQuestion): QuestionBoard {
  const ends = new Map(board.ends).set(end.requestId, end);
  const known = board.questions.get(end.requestId);
  if (known === undefined) return { ...board, ends };
  const questions = new Map(board.questions).set(end.requestId, { ...known, closed: closedOf(end) });
  return { questions, ends };
}

/** As it was read elsewhere: what is told of an end with an answer counts for more than what is told without one. */
export function withRead(board: QuestionBoard, { closed, ...asked }: BoardQuestion): QuestionBoard {
  const told = withAsked(board, asked);
  const known = told.questions.get(asked.requestId);
  if (known === undefined || closed === undefined || known.closed?.answer !== undefined) return told;
  return { ...told, questions: new Map(told.questions).set(asked.requestId, { ...known, closed }) };
}

/** Those that wait for an answer, the most urgent first, of those as urgent the oldest. */
export function openQuestions({ questions }: QuestionBoard, nowEpochMs: number): readonly BoardQuestion[] {
  return [...questions.values()]
    .filter(({ closed, expiresAtEpochMs }) => closed === undefined && nowEpochMs < expiresAtEpochMs)
    .sort((a, b) => RANK[a.urgency] - RANK[b.urgency] || a.askedAtEpochMs - b.askedAtEpochMs || inOrder(a, b));
}

const RANK: Readonly<Record<Urgency, number>> = { high: 0, normal: 1, low: 2 };
const inOrder = (a: AskedQuestion, b: AskedQuestion): number => (a.requestId < b.requestId ? -1 : 1);

const closedOf = ({ reason, by, answer, delivered }: ClosedQuestion): NonNullable<BoardQuestion["closed"]> => ({
  reason,
  ...(by !== undefined && { by }),
  ...(answer !== undefined && { answer }),
  atEpochMs: delivered.atEpochMs,
});
