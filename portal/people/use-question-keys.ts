import { isDialogOpen, isPlainKey, useKeys } from "./use-keys.ts";

export interface QuestionKeys {
  step(by: 1 | -1): void;
  /** To the answer of the one that is shown. */
  enter(): void;
  /** Back to the list. */
  leave(): void;
}

/** Arrows mean something else on fields that are chosen from, and Enter on buttons. */
export function useQuestionKeys({ step, enter, leave }: QuestionKeys): void {
  useKeys((event) => {
    const { key, target } = event;
    if (isDialogOpen()) return;
    if (key === "Escape") move(event, leave);
    if (!isPlainKey(event)) return;
    const isOnField = target instanceof HTMLInputElement;
    if (key === "j" || (key === "ArrowDown" && !isOnField)) move(event, () => step(1));
    if (key === "k" || (key === "ArrowUp" && !isOnField)) move(event, () => step(-1));
    if (key === "Enter" && isOnList(target)) move(event, enter);
  });
}

const isOnList = (target: EventTarget | null): boolean =>
  target === document.body || (target instanceof Element && target.matches(".item, .list, #main"));

/** The browser does nothing of its own with it. */
function move(event: KeyboardEvent, does: () => void): void {
  event.preventDefault();
  does();
}
