import { useEffect, useRef } from "preact/hooks";

const SHORTCUTS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j", "↓"], "next question"],
  [["k", "↑"], "question before"],
  [["Enter"], "go to the answer"],
  [["1", "… 9"], "pick a choice"],
  [["Ctrl", "Enter"], "send the answer or the message"],
  [["Esc"], "leave the field, or go back to the list"],
  [["q"], "questions"],
  [["m"], "messages"],
  [["p"], "people"],
  [["?"], "this list"],
];

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl class="keys">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
