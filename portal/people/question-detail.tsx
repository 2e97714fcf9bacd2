import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { BoardQuestion } from "../../client/people/question-board.ts";
import type { AnswerOutcome, Json } from "../../client/people/wire.ts";
import { AnswerForm } from "./answer-form.tsx";
import { CopyButton } from "./copy-button.tsx";
import type { Desk } from "./desk.ts";
import { type Draft, draftText, otherText } from "./draft.ts";
import { jsonText } from "./json-text.ts";
import { LongText } from "./long-text.tsx";
import { Moment } from "./moment.tsx";
import { placeHash } from "./place.ts";
import { TimeOf } from "./question-item.tsx";
import { titledQuestion } from "./question-words.ts";
import { momentWords, timeAgo } from "./time-words.ts";

export interface QuestionDetailProps {
  readonly desk: Desk;
  readonly question: BoardQuestion;
  readonly outcome: AnswerOutcome | undefined;
  /** As it was given on this page. */
  readonly answer: Json | undefined;
  readonly isUnsent: boolean;
  readonly isConnected: boolean;
  readonly self: string;
  readonly nowMs: number;
  readonly othersOpen: number;
  readonly onNext: () => void;
  readonly onBack: () => void;
}

export function QuestionDetail(props: QuestionDetailProps) {
  const { desk, question, self, nowMs, othersOpen, onNext, onBack, isUnsent } = props;
  const { requestId, urgency, askedBy, askedAtEpochMs } = question;
  const [draft, setDraft] = useState<Draft>(() => desk.draftOf(requestId));
  const change = (next: Draft): void => {
    setDraft(next);
    desk.keepDraft(requestId, next);
  };
  const state = stateOf(props);
  const { title, rest } = titledQuestion(question.question);
  const isAnswerMissing = question.closed?.reason === "answered" && question.closed.answer === undefined;
  useEffect(() => {
    // Long ones are not told to all who were asked.
    if (isAnswerMissing) void desk.readQuestion(requestId);
  }, [desk, requestId, isAnswerMissing]);
  const article = useRef<HTMLElement>(null);
  useFocusOnward(article, state);
  return (
    <article ref={article} tabIndex={-1} aria-labelledby="question-text">
      <button type="button" class="back quiet" onClick={onBack}>
        ‹ All questions
      </button>
      <p class="asked">
        {urgency === "high" && <span class="badge high">urgent</span>}
        {urgency === "low" && <span class="badge">when there is time</span>}
        <span>
          <strong>{askedBy}</strong> asked {timeAgo(nowMs - askedAtEpochMs)}
        </span>
        <TimeOf question={question} self={self} nowMs={nowMs} />
      </p>
      <h2 id="question-text" class={title === "" ? "unseen" : "question-text"} dir="auto">
        {title === "" ? `A long question from ${askedBy}` : title}
      </h2>
      {rest !== "" && (
        <p class="question-rest" dir="auto">
          {rest}
        </p>
      )}
      <EndNotice {...props} draft={draft} />
      {state !== "mine" && (
        <AnswerForm
          question={question}
          draft={draft}
          isOver={state === "over"}
          isSending={isUnsent}
          wrong={wrongOf(props)}
          onChange={change}
          onSend={(answer) => desk.answer(requestId, answer)}
        />
      )}
      {state !== "open" && othersOpen > 0 && (
        <button type="button" class="next" onClick={onNext}>
          Next question <span class="muted">{othersOpen} open</span>
        </button>
      )}
      <p class="actions">
        <CopyButton
          name="Copy link"
          text={new URL(placeHash({ view: "questions", questionId: requestId }), location.href).href}
        />
      </p>
    </article>
  );
}

type DetailState = "open" | "mine" | "over";

function stateOf({ question, outcome, self, nowMs }: QuestionDetailProps): DetailState {
  const by = question.closed?.by;
  if (outcome?.status === "answered" || (question.closed?.reason === "answered" && by === self)) return "mine";
  const isOver = question.closed !== undefined || outcome?.status === "closed" || outcome?.status === "unknown";
  return isOver || question.expiresAtEpochMs <= nowMs ? "over" : "open";
}

function wrongOf({ outcome }: QuestionDetailProps): string | undefined {
  if (outcome?.status !== "invalid" && outcome?.status !== "forbidden") return undefined;
  return outcome.detail ?? "The server did not take this answer.";
}

/** What has become of it. What somebody had typed is still theirs. */
function EndNotice({ draft, ...props }: QuestionDetailProps & { readonly draft: Draft }) {
  const { question, outcome, answer, isUnsent, isConnected, nowMs } = props;
  const state = stateOf(props);
  if (state !== "open") {
    const isMine = state === "mine";
    const given = isMine ? (answer ?? question.closed?.answer) : question.closed?.answer;
    const left = isMine ? otherText(draft, given) : draftText(draft);
    return (
      <div class={isMine ? "notice good" : "notice"} role="status">
        <p>
          <strong>{isMine ? "You answered." : endWords(question, outcome, left !== "")}</strong>{" "}
          {isMine && "Your answer is stored. "}
          <EndMoment question={question} nowMs={nowMs} />
        </p>
        <Given value={given} />
        {left !== "" && (
          <p>
            What you have written was not sent. <CopyButton name="Copy it" text={left} />
          </p>
        )}
      </div>
    );
  }
  if (!isUnsent) return null;
  return (
    <div class="notice" role="status">
      <p>{isConnected ? "Sending …" : "Kept in this tab. It is sent once there is a connection."}</p>
    </div>
  );
}

function Given({ value }: { readonly value: Json | undefined }) {
  return value === undefined ? null : <LongText text={jsonText(value)} about="The answer" />;
}

function EndMoment({ question: { closed }, nowMs }: Pick<QuestionDetailProps, "question" | "nowMs">) {
  if (closed === undefined) return null;
  return <Moment class="muted" atEpochMs={closed.atEpochMs} words={momentWords(closed.atEpochMs, nowMs)} />;
}

/** @param isLate whether somebody had begun to answer here. */
function endWords({ closed }: BoardQuestion, outcome: AnswerOutcome | undefined, isLate: boolean): string {
  const by = closed?.by ?? outcome?.by;
  const answered = by === undefined ? undefined : `${by} answered${isLate ? " first" : ""}.`;
  switch (closed?.reason) {
    case "withdrawn":
      return by === undefined ? "The question was withdrawn." : `${by} withdrew the question.`;
    case "answered":
      return answered ?? "It was answered.";
    case "expired":
    case undefined:
      if (outcome?.status === "unknown") return "There is no such question any more.";
      return answered ?? "Its time ran out.";
  }
}

/** The focus that was on what is gone now goes on to what is to be done next, so that the keyboard stays where the work is. */
function useFocusOnward(article: { readonly current: HTMLElement | null }, state: DetailState): void {
  const before = useRef(state);
  useLayoutEffect(() => {
    const wasSent = before.current === "open" && state === "mine";
    before.current = state;
    const { activeElement } = document;
    if (!wasSent || (activeElement !== document.body && activeElement !== article.current)) return;
    const onward = article.current?.querySelector<HTMLElement>(".next") ?? article.current;
    onward?.focus();
  }, [article, state]);
}
