import { useId, useState } from "preact/hooks";
import { sendByKeys } from "./answer-form.tsx";
import { TextField } from "./text-field.tsx";

/** Well below the 64 KiB of a frame, whatever the letters are. */
const MESSAGE_CHARACTERS_MAX = 16_000;

export function Composer({
  to,
  title,
  people,
  onSend,
}: {
  /** Left out where the person is to be named. */
  readonly to: string | undefined;
  readonly title: string;
  readonly people: readonly string[];
  readonly onSend: (to: string, body: string) => void;
}) {
  const listId = useId();
  const [text, setText] = useState("");
  const [person, setPerson] = useState("");
  const target = to ?? (person.trim() === "" ? undefined : `member:${person.trim()}`);
  const send = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "" || target === undefined) return;
    onSend(target, text);
    setText("");
  };
  return (
    <form class="composer" onSubmit={send} onKeyDown={sendByKeys}>
      {to === undefined && (
        <div class="field">
          <label for={`${listId}-to`}>To</label>
          <input
            id={`${listId}-to`}
            list={listId}
            value={person}
            autocomplete="off"
            placeholder="the name of a member"
            onInput={(event) => setPerson(event.currentTarget.value)}
          />
          <datalist id={listId}>
            {people.map((subject) => (
              <option key={subject} value={subject} />
            ))}
          </datalist>
        </div>
      )}
      <TextField
        label={to === undefined ? "Message" : `Message to ${title}`}
        rows={2}
        value={text}
        charactersMax={MESSAGE_CHARACTERS_MAX}
        onChange={setText}
      />
      <p class="actions">
        <button type="submit">Send</button>
        <span class="hint">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </p>
    </form>
  );
}
