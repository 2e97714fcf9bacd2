import { useId, useState } from "preact/hooks";
import type { BoardQuestion } from "../../client/people/question-board.ts";
import type { Json } from "../../client/people/wire.ts";
import { ChoiceList } from "./choice-list.tsx";
import type { Draft } from "./draft.ts";
import { filledForm, formFields } from "./form-fields.ts";
import { SchemaFields } from "./schema-fields.tsx";
import { TextField } from "./text-field.tsx";

/** As the server has it (`layers/core/question/limits.ts`). */
const ANSWER_CHARACTERS_MAX = 50_000;

export interface AnswerFormProps {
  readonly question: BoardQuestion;
  readonly draft: Draft;
  /** It takes no answer any more: what was typed can be read, and not changed. */
  readonly isOver: boolean;
  readonly isSending: boolean;
  /** What the server had against the answer before. */
  readonly wrong: string | undefined;
  readonly onChange: (draft: Draft) => void;
  readonly onSend: (answer: Json) => void;
}

/** A text, one of the choices, or the fields of a form. */
export function AnswerForm({ question, draft, isOver, isSending, wrong, onChange, onSend }: AnswerFormProps) {
  const hintId = useId();
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const { choices, schema } = question;
  const fields = schema === undefined ? undefined : formFields(schema);
  const isShown = !isOver || fields === undefined;
  if (isOver && (draft.text ?? "") === "" && choices === undefined) return null;
  const send = (event: Event): void => {
    event.preventDefault();
    if (isOver || isSending) return;
    if (fields === undefined) {
      const answer = choices === undefined ? draft.text : draft.choice;
      if (answer !== undefined && answer.trim() !== "") onSend(answer);
      return;
    }
    const filled = filledForm(fields, draft.fields ?? {});
    setProblems(filled.ok ? new Map() : filled.wrong);
    if (filled.ok) onSend(filled.answer);
    else focusField(event.currentTarget, [...filled.wrong.keys()][0]);
  };
  if (!isShown) return null;
  return (
    <form class="answer" onSubmit={send} onKeyDown={sendByKeys} noValidate>
      {fields !== undefined && (
        <SchemaFields
          fields={fields}
          values={draft.fields ?? {}}
          problems={problems}
          onChange={(values) => onChange({ ...draft, fields: values })}
        />
      )}
      {choices !== undefined && (
        <ChoiceList
          choices={choices}
          chosen={draft.choice}
          isOver={isOver || isSending}
          onChoose={(choice) => onChange({ ...draft, choice })}
        />
      )}
      {fields === undefined && choices === undefined && (
        <TextField
          label="Your answer"
          value={draft.text ?? ""}
          charactersMax={ANSWER_CHARACTERS_MAX}
          isReadOnly={isOver || isSending}
          onChange={(text) => onChange({ ...draft, text })}
        />
      )}
      {wrong !== undefined && (
        <p class="notice bad" role="alert">
          This was not taken: {wrong}
        </p>
      )}
      {!isOver && (
        <p class="actions">
          <button type="submit" aria-describedby={hintId} aria-disabled={isSending}>
            {isSending ? "Waiting …" : "Send answer"}
          </button>
          <span class="hint" id={hintId}>
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </p>
      )}
    </form>
  );
}

/** From anywhere in a form. */
export function sendByKeys(event: KeyboardEvent): void {
  if (event.key !== "Enter" || (!event.ctrlKey && !event.metaKey)) return;
  event.preventDefault();
  if (event.currentTarget instanceof HTMLFormElement) event.currentTarget.requestSubmit();
}

function focusField(form: EventTarget | null, name: string | undefined): void {
  if (!(form instanceof HTMLFormElement) || name === undefined) return;
  form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`)?.focus();
}
