import type { BoardQuestion } from "../../client/people/question-board.ts";
import { Moment } from "./moment.tsx";
import { beginningOf } from "./question-words.ts";
import { momentWords, timeAgo, timeLeft, URGENT_MS } from "./time-words.ts";

export interface QuestionItemProps {
  readonly question: BoardQuestion;
  readonly isShown: boolean;
  /** An answer to it was not sent yet. */
  readonly isWaiting: boolean;
  readonly self: string;
  readonly nowMs: number;
  readonly onChoose: () => void;
}

export function QuestionItem({ question, isShown, isWaiting, self, nowMs, onChoose }: QuestionItemProps) {
  const { requestId, urgency, askedBy } = question;
  return (
    <button
      type="button"
      id={`item-${requestId}`}
      class={`item ${urgency}`}
      aria-current={isShown ? "true" : undefined}
      onClick={onChoose}
    >
      <span class="item-text" dir="auto">
        {beginningOf(question.question)}
      </span>
      <span class="item-foot">
        {urgency === "high" && <span class="badge high">urgent</span>}
        {isWaiting && <span class="badge">not sent yet</span>}
        <span>{askedBy}</span>
        <TimeOf question={question} self={self} nowMs={nowMs} />
      </span>
    </button>
  );
}

/** How long it can still be answered, or how it ended. */
export function TimeOf({ question, self, nowMs }: Pick<QuestionItemProps, "question" | "self" | "nowMs">) {
  const { closed, expiresAtEpochMs } = question;
  if (closed !== undefined) {
    const who = closed.by === undefined ? "" : ` by ${closed.by === self ? "you" : closed.by}`;
    const { atEpochMs, reason } = closed;
    const words = `${reason}${who}, ${timeAgo(nowMs - atEpochMs)}`;
    return <Moment atEpochMs={atEpochMs} words={words} title={momentWords(atEpochMs, nowMs)} />;
  }
  const leftMs = expiresAtEpochMs - nowMs;
  return (
    <Moment
      atEpochMs={expiresAtEpochMs}
      words={timeLeft(leftMs)}
      class={leftMs < URGENT_MS ? "soon" : ""}
      title={`until ${momentWords(expiresAtEpochMs, nowMs)}`}
    />
  );
}
