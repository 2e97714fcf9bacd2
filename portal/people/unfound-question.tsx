import { useEffect } from "preact/hooks";
import type { Desk } from "./desk.ts";
import type { DeskState } from "./desk-state.ts";

/** In the place of a question: of none, or of one that a link leads to and that nobody has told of, which is looked for. */
export function UnfoundQuestion({
  desk,
  state,
  requestId,
  onBack,
}: {
  readonly desk: Desk;
  readonly state: DeskState;
  /** Left out where none was chosen. */
  readonly requestId: string | undefined;
  readonly onBack: () => void;
}) {
  useEffect(() => {
    if (requestId !== undefined) void desk.readQuestion(requestId);
  }, [desk, requestId]);
  if (requestId === undefined) return <p class="nothing muted">Nothing is chosen.</p>;
  const why = state.unfound.get(requestId);
  return (
    <article tabIndex={-1}>
      <button type="button" class="back quiet" onClick={onBack}>
        ‹ All questions
      </button>
      <p role="status">{why === undefined ? "Looking it up …" : WORDS[why]}</p>
    </article>
  );
}

const WORDS = {
  absent: "There is no such question for you.",
  unread: "It can't be read now.",
} as const;
