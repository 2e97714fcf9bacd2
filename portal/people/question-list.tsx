import type { BoardQuestion } from "../../client/people/question-board.ts";
import { QuestionItem } from "./question-item.tsx";

export interface QuestionListProps {
  readonly listed: readonly BoardQuestion[];
  readonly isPast: boolean;
  readonly counts: { readonly open: number; readonly past: number };
  readonly shownId: string | undefined;
  /** Whether an answer to it was not sent yet. */
  readonly isWaiting: (requestId: string) => boolean;
  readonly self: string;
  readonly nowMs: number;
  readonly onKind: (isPast: boolean) => void;
  readonly onChoose: (requestId: string) => void;
}

export function QuestionList(props: QuestionListProps) {
  const { listed, isPast, counts, shownId, isWaiting, self, nowMs, onKind, onChoose } = props;
  return (
    <section class="list" aria-label="Questions">
      <fieldset class="switch" aria-label="Which questions">
        <button type="button" aria-pressed={!isPast} onClick={() => onKind(false)}>
          Open <span class="muted">{counts.open}</span>
        </button>
        <button type="button" aria-pressed={isPast} onClick={() => onKind(true)}>
          Past <span class="muted">{counts.past}</span>
        </button>
      </fieldset>
      {listed.length === 0 && <EmptyList isPast={isPast} />}
      <ol>
        {listed.map((question) => (
          <li key={question.requestId}>
            <QuestionItem
              question={question}
              isShown={question.requestId === shownId}
              isWaiting={isWaiting(question.requestId)}
              self={self}
              nowMs={nowMs}
              onChoose={() => onChoose(question.requestId)}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

function EmptyList({ isPast }: { readonly isPast: boolean }) {
  if (isPast) return <p class="nothing muted">Nothing was asked yet that is over now.</p>;
  return (
    <div class="nothing">
      <p>
        <strong>No open questions.</strong>
      </p>
      <p class="muted">When a program calls ask_user, its question appears here at once.</p>
    </div>
  );
}
