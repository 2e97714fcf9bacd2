import { useEffect, useRef, useState } from "preact/hooks";
import { type BoardQuestion, openQuestions } from "../../client/people/question-board.ts";
import type { Welcome } from "../../client/people/wire.ts";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";
import { QuestionDetail } from "./question-detail.tsx";
import { QuestionList } from "./question-list.tsx";
import { hasWords } from "./question-words.ts";
import { UnfoundQuestion } from "./unfound-question.tsx";
import { useFocusNext } from "./use-focus-next.ts";
import { useQuestionKeys } from "./use-question-keys.ts";

export interface QuestionsViewProps {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly welcome: Welcome;
  readonly nowMs: number;
  /** Left out where the list itself is looked at. */
  readonly chosenId: string | undefined;
  /** @param isStep whether the browser's way back leads to what was shown before. */
  readonly onChoose: (requestId: string | undefined, isStep: boolean) => void;
}

/** Those that wait, those that are over, and the one that somebody looks at. */
export function QuestionsView({ desk, state, welcome, nowMs, chosenId, onChoose }: QuestionsViewProps) {
  const [isPast, setPast] = useState(false);
  const [sought, setSought] = useState("");
  const view = useRef<HTMLDivElement>(null);
  const focusNext = useFocusNext();
  const open = openQuestions(state.board, nowMs);
  const past = pastQuestions(state, nowMs);
  const listed = (isPast ? past : open).filter((question) => hasWords(question, sought));
  const chosen = chosenId === undefined ? undefined : state.board.questions.get(chosenId);
  // Where there is room beside the list, the first is shown without being chosen.
  const shown = chosenId === undefined ? listed[0] : chosen;
  // What somebody looks at stays, whatever is closed or asked meanwhile.
  useEffect(() => {
    if (chosenId === undefined && shown !== undefined && isWide()) onChoose(shown.requestId, false);
  }, [chosenId, shown, onChoose]);

  const choose = (requestId: string): void => {
    if (!isWide()) focusNext(() => view.current?.querySelector("article"));
    onChoose(requestId, !isWide());
  };
  const toList = (): void => {
    focusNext(() => itemOf(shown?.requestId));
    if (!isWide()) onChoose(undefined, true);
    else itemOf(shown?.requestId)?.focus();
  };
  const advance = (): void => {
    const next = open.find(({ requestId }) => requestId !== shown?.requestId);
    setPast(false);
    focusNext(() => answerIn(view.current));
    onChoose(next?.requestId, false);
  };
  useQuestionKeys({
    step(by) {
      const next = stepped(listed, shown, by);
      if (next === undefined) return;
      itemOf(next.requestId)?.focus();
      choose(next.requestId);
    },
    enter: () => answerIn(view.current)?.focus(),
    leave: toList,
  });

  return (
    <div class={`questions ${chosenId === undefined ? "at-list" : "at-detail"}`} ref={view}>
      <h1 class="unseen">Questions</h1>
      <QuestionList
        listed={listed}
        isPast={isPast}
        hasEarlier={state.earlier.state !== "all"}
        sought={sought}
        counts={{ open: open.length, past: past.length }}
        shownId={chosenId}
        isWaiting={(id) => isUnsent(state, id)}
        self={welcome.subject}
        nowMs={nowMs}
        onKind={setPast}
        onSeek={setSought}
        onEarlier={() => void desk.readEarlier()}
        onChoose={choose}
      />
      <section class="detail" aria-label="The question">
        {shown === undefined && <UnfoundQuestion desk={desk} state={state} requestId={chosenId} onBack={toList} />}
        {shown !== undefined && (
          <QuestionDetail
            key={shown.requestId}
            desk={desk}
            question={shown}
            {...givenHere(state, shown.requestId)}
            self={welcome.subject}
            nowMs={nowMs}
            othersOpen={open.filter(({ requestId }) => requestId !== shown.requestId).length}
            onNext={advance}
            onBack={toList}
          />
        )}
      </section>
    </div>
  );
}

function stepped(listed: readonly BoardQuestion[], from: BoardQuestion | undefined, by: 1 | -1) {
  const at = listed.findIndex(({ requestId }) => requestId === from?.requestId);
  return listed[at < 0 ? 0 : Math.max(0, Math.min(listed.length - 1, at + by))];
}

/** The last first. */
function pastQuestions({ board }: DeskState, nowMs: number): readonly BoardQuestion[] {
  const endOf = ({ closed, expiresAtEpochMs }: BoardQuestion): number => closed?.atEpochMs ?? expiresAtEpochMs;
  return [...board.questions.values()]
    .filter(({ closed, expiresAtEpochMs }) => closed !== undefined || expiresAtEpochMs <= nowMs)
    .sort((a, b) => endOf(b) - endOf(a));
}

/** What was answered on this page, and what became of it. */
const givenHere = (state: DeskState, id: string) => ({
  outcome: state.outcomes.get(id),
  answer: state.answers.get(id),
  isUnsent: isUnsent(state, id),
  isConnected: state.status.state === "connected",
});

const isUnsent = ({ unsent }: DeskState, id: string): boolean =>
  unsent.some((each) => each.kind === "answer" && each.requestId === id);

/** Whether list and question stand beside each other: as in the style. */
const isWide = (): boolean => matchMedia("(min-width: 48rem)").matches;

const answerIn = (view: HTMLElement | null) => view?.querySelector<HTMLElement>("[data-answer]");
const itemOf = (requestId: string | undefined) => document.getElementById(`item-${requestId}`);
