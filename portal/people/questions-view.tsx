import { useEffect, useRef, useState } from "preact/hooks";
import { type BoardQuestion, openQuestions } from "../../client/people/question-board.ts";
import type { Welcome } from "../../client/people/wire.ts";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";
import { QuestionDetail } from "./question-detail.tsx";
import { QuestionList } from "./question-list.tsx";
import { useQuestionKeys } from "./use-question-keys.ts";

export interface QuestionsViewProps {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly welcome: Welcome;
  readonly nowMs: number;
}

/** Those that wait, those that are over, and the one that somebody looks at. */
export function QuestionsView({ desk, state, welcome, nowMs }: QuestionsViewProps) {
  const [isPast, setPast] = useState(false);
  const [chosenId, setChosenId] = useState<string>();
  const detail = useRef<HTMLElement>(null);
  const open = openQuestions(state.board, nowMs);
  const past = pastQuestions(state, nowMs);
  const listed = isPast ? past : open;
  const chosen = chosenId === undefined ? undefined : state.board.questions.get(chosenId);
  // Where there is room beside the list, the first is shown without being chosen.
  const shown = chosen ?? listed[0];
  // What somebody looks at stays, whatever is closed or asked meanwhile.
  useEffect(() => {
    if (chosenId === undefined && shown !== undefined && isWide()) setChosenId(shown.requestId);
  }, [chosenId, shown]);

  const advance = (): void => {
    const next = open.find(({ requestId }) => requestId !== shown?.requestId);
    setPast(false);
    setChosenId(next?.requestId);
    requestAnimationFrame(() => focusAnswer(detail.current));
  };
  useQuestionKeys({
    step(by) {
      const at = listed.findIndex(({ requestId }) => requestId === shown?.requestId);
      const next = listed[at < 0 ? 0 : Math.max(0, Math.min(listed.length - 1, at + by))];
      if (next === undefined) return;
      setChosenId(next.requestId);
      focusItem(next.requestId);
    },
    enter: () => focusAnswer(detail.current),
    leave() {
      if (!isWide()) setChosenId(undefined);
      requestAnimationFrame(() => focusItem(shown?.requestId));
    },
  });

  return (
    <div class={`questions ${chosen === undefined ? "at-list" : "at-detail"}`}>
      <QuestionList
        listed={listed}
        isPast={isPast}
        counts={{ open: open.length, past: past.length }}
        shownId={shown?.requestId}
        isWaiting={(id) => isUnsent(state, id)}
        self={welcome.subject}
        nowMs={nowMs}
        onKind={setPast}
        onChoose={setChosenId}
      />
      <section class="detail" aria-label="The question" ref={detail}>
        {shown === undefined ? (
          <p class="nothing muted">Nothing is chosen.</p>
        ) : (
          <QuestionDetail
            key={shown.requestId}
            desk={desk}
            question={shown}
            outcome={state.outcomes.get(shown.requestId)}
            answer={state.answers.get(shown.requestId)}
            isUnsent={isUnsent(state, shown.requestId)}
            isConnected={state.status.state === "connected"}
            self={welcome.subject}
            nowMs={nowMs}
            othersOpen={open.filter(({ requestId }) => requestId !== shown.requestId).length}
            onNext={advance}
            onBack={() => setChosenId(undefined)}
          />
        )}
      </section>
    </div>
  );
}

/** The last first. */
function pastQuestions({ board }: DeskState, nowMs: number): readonly BoardQuestion[] {
  const endOf = ({ closed, expiresAtEpochMs }: BoardQuestion): number => closed?.atEpochMs ?? expiresAtEpochMs;
  return [...board.questions.values()]
    .filter(({ closed, expiresAtEpochMs }) => closed !== undefined || expiresAtEpochMs <= nowMs)
    .sort((a, b) => endOf(b) - endOf(a));
}

const isUnsent = ({ unsent }: DeskState, id: string): boolean =>
  unsent.some((each) => each.kind === "answer" && each.requestId === id);

/** Whether list and question stand beside each other: as in the style. */
const isWide = (): boolean => matchMedia("(min-width: 48rem)").matches;

function focusAnswer(detail: HTMLElement | null): void {
  detail?.querySelector<HTMLElement>("[data-answer]")?.focus();
}

function focusItem(requestId: string | undefined): void {
  if (requestId !== undefined) document.getElementById(`item-${requestId}`)?.focus();
}
