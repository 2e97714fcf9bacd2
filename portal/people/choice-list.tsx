import { useId } from "preact/hooks";
import { isPlainKey, useKeys } from "./use-keys.ts";

const KEYS_MAX = 9;

/** One of several, also by the number keys. */
export function ChoiceList({
  choices,
  chosen,
  isOver,
  onChoose,
}: {
  readonly choices: readonly string[];
  readonly chosen: string | undefined;
  readonly isOver: boolean;
  readonly onChoose: (choice: string) => void;
}) {
  const name = useId();
  useKeys((event) => {
    if (isOver || !isPlainKey(event) || !/^[1-9]$/.test(event.key)) return;
    const index = Number(event.key) - 1;
    const choice = choices[index];
    if (choice === undefined) return;
    onChoose(choice);
    document.getElementById(`${name}-${index}`)?.focus();
  });
  return (
    <fieldset class="choices" disabled={isOver}>
      <legend>Your answer</legend>
      {choices.map((choice, index) => (
        <label key={choice} class="choice">
          <input
            type="radio"
            id={`${name}-${index}`}
            name={name}
            checked={choice === chosen}
            data-answer={choice === chosen || (chosen === undefined && index === 0) ? "" : undefined}
            onChange={() => onChoose(choice)}
          />
          <span dir="auto">{choice}</span>
          {index < KEYS_MAX && <span class="key" data-key={index + 1} />}
        </label>
      ))}
    </fieldset>
  );
}
