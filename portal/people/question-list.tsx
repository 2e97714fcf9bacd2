import type { BoardQuestion } from "../../client/people/question-board.ts";
import { QuestionItem } from "./question-item.tsx";

/** Fewer are seen at a glance. */
const SOUGHT_COUNT_MIN = 6;

export interface QuestionListProps {
  /** Those with the words that somebody looks for. */
  readonly listed: readonly BoardQuestion[];
  readonly isPast: boolean;
  /** Whether more can be read of what was asked before. */
  readonly hasEarlier: boolean;
  readonly sought: string;
  readonly counts: { readonly open: number; readonly past: number };
  readonly shownId: string | undefined;
  /** Whether an answer to it was not sent yet. */
  readonly isWaiting: (requestId: string) => boolean;
  readonly self: string;
  readonly nowMs: number;
  readonly onKind: (isPast: boolean) => void;
  readonly onSeek: (sought: string) => void;
  readonly onEarlier: () => void;
  readonly onChoose: (requestId: string) => void;
}

export function QuestionList(props: QuestionListProps) {
  const { listed, isPast, hasEarlier, counts, sought, shownId, isWaiting, self, nowMs } = props;
  const { onKind, onSeek, onEarlier, onChoose } = props;
  const count = isPast ? counts.past : counts.open;
  return (
    <section class="list" aria-label="Questions" tabIndex={-1}>
      <fieldset class="switch" aria-label="Which questions">
        <button type="button" aria-pressed={!isPast} onClick={() => onKind(false)}>
          Open <span class="muted">{counts.open}</span>
        </button>
        <button type="button" aria-pressed={isPast} onClick={() => onKind(true)}>
          Past <span class="muted">{counts.past}</span>
        </button>
      </fieldset>
      {(count >= SOUGHT_COUNT_MIN || sought !== "") && <Search sought={sought} onSeek={onSeek} />}
      {listed.length === 0 && <EmptyList isPast={isPast} isSought={sought !== ""} />}
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
      {isPast && hasEarlier && (
        <button type="button" class="quiet" onClick={onEarlier}>
          Earlier questions
        </button>
      )}
    </section>
  );
}

function Search({ sought, onSeek }: Pick<QuestionListProps, "sought" | "onSeek">) {
  return (
    <input
      type="search"
      aria-label="Find in these questions"
      placeholder="Find"
      value={sought}
      onInput={(event) => onSeek(event.currentTarget.value)}
    />
  );
}

function EmptyList({ isPast, isSought }: { readonly isPast: boolean; readonly isSought: boolean }) {
  if (isSought) return <p class="nothing muted">None of these has such words.</p>;
  if (isPast) return <p class="nothing muted">None is over yet.</p>;
  return (
    <div class="nothing">
      <p>
        <strong>No open questions.</strong>
      </p>
      <p class="muted">When a program calls ask_user, its question appears here at once.</p>
    </div>
  );
}
