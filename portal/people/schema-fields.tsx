import { useId } from "preact/hooks";
import type { FieldValue, FieldValues, FormField } from "./form-fields.ts";

export interface SchemaFieldsProps {
  readonly fields: readonly FormField[];
  readonly values: FieldValues;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (values: FieldValues) => void;
}

/** The fields of a question's form, each with its label, what it is about, and what is wrong with it. */
export function SchemaFields({ fields, values, problems, onChange }: SchemaFieldsProps) {
  return (
    <div class="fields">
      {fields.map((field, index) => (
        <Field
          key={field.name}
          field={field}
          isFirst={index === 0}
          value={values[field.name] ?? field.initial}
          problem={problems.get(field.name)}
          onChange={(value) => onChange({ ...values, [field.name]: value })}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly isFirst: boolean;
  readonly value: FieldValue;
  readonly problem: string | undefined;
  readonly onChange: (value: FieldValue) => void;
}

function Field(props: FieldProps) {
  const { field, problem } = props;
  const id = useId();
  const about = `${id}-about`;
  const { control } = field;
  const note = (
    <p class="hint" id={about} dir="auto">
      {field.description}
      {problem !== undefined && (
        <strong class="wrong">
          {field.description === undefined ? "" : " "}
          {problem}
        </strong>
      )}
    </p>
  );
  if (control.kind === "some-of") {
    return (
      <fieldset class="field" aria-describedby={about}>
        <legend>{titleOf(field)}</legend>
        <SomeOf {...props} choices={control.choices} />
        {note}
      </fieldset>
    );
  }
  return (
    <div class={`field ${control.kind}`}>
      <label for={id}>{titleOf(field)}</label>
      <Control {...props} id={id} about={about} />
      {note}
    </div>
  );
}

function titleOf({ title, isRequired, control }: FormField) {
  if (isRequired || control.kind === "yes-or-no") return title;
  return (
    <>
      {title} <span class="muted">optional</span>
    </>
  );
}

function Control({
  field: { name, control, isRequired },
  isFirst,
  value,
  problem,
  onChange,
  id,
  about,
}: FieldProps & { readonly id: string; readonly about: string }) {
  const common = {
    id,
    name,
    "aria-describedby": about,
    "aria-invalid": problem !== undefined,
    "aria-required": isRequired,
    "data-answer": isFirst ? "" : undefined,
  };
  if (control.kind === "yes-or-no") {
    return (
      <input
        {...common}
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  const text = typeof value === "string" ? value : "";
  if (control.kind === "one-of") {
    return (
      <select {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{isRequired ? "Choose …" : "None"}</option>
        {control.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    );
  }
  const kind = control.kind === "text" ? textKind(control.format) : numberKind(control);
  return (
    <input {...common} {...kind} dir="auto" value={text} onInput={(event) => onChange(event.currentTarget.value)} />
  );
}

function textKind(format: "email" | "uri" | "date" | "date-time" | undefined) {
  switch (format) {
    case "email":
      return { type: "email" as const, autocomplete: "email" };
    case "uri":
      return { type: "url" as const, placeholder: "https://…" };
    case "date":
      return { type: "date" as const };
    case "date-time":
      return { type: "datetime-local" as const };
    case undefined:
      return { type: "text" as const };
  }
}

function numberKind(control: FormField["control"]) {
  const isWhole = control.kind === "number" && control.isWhole;
  // A field of type number takes away what it can't read, and rolls its value by the wheel.
  return { type: "text" as const, inputMode: isWhole ? ("numeric" as const) : ("decimal" as const) };
}

function SomeOf({
  field,
  isFirst,
  value,
  onChange,
  choices,
}: FieldProps & { readonly choices: readonly { readonly value: string; readonly title: string }[] }) {
  const picked = typeof value === "object" ? value : [];
  const toggle = (choice: string): void =>
    onChange(picked.includes(choice) ? picked.filter((other) => other !== choice) : [...picked, choice]);
  return (
    <>
      {choices.map((choice, index) => (
        <label key={choice.value} class="choice">
          <input
            type="checkbox"
            name={field.name}
            checked={picked.includes(choice.value)}
            data-answer={isFirst && index === 0 ? "" : undefined}
            onChange={() => toggle(choice.value)}
          />
          <span dir="auto">{choice.title}</span>
        </label>
      ))}
    </>
  );
}
