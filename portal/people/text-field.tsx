import { useId } from "preact/hooks";

/** Told only when there is little room left. */
const ROOM_TOLD_SHARE = 0.9;

export function TextField({
  label,
  value,
  charactersMax,
  isReadOnly = false,
  rows = 4,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly charactersMax: number;
  readonly isReadOnly?: boolean;
  readonly rows?: number;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        data-answer
        dir="auto"
        rows={rows}
        value={value}
        readOnly={isReadOnly}
        maxLength={charactersMax}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {value.length > charactersMax * ROOM_TOLD_SHARE && (
        <p class="hint" role="status">
          {(charactersMax - value.length).toLocaleString("en")} characters left
        </p>
      )}
    </div>
  );
}
