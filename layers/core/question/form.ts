/** A form that people fill in: JSON Schema's flat subset (MCP 2026-07-28, elicitation, "Requested schema"), read. */
export interface Form {
  readonly fields: ReadonlyMap<string, FormField>;
  readonly required: readonly string[];
}

export type FormField =
  | { readonly kind: "text"; readonly minLength?: number; readonly maxLength?: number; readonly format?: TextFormat }
  | { readonly kind: "number"; readonly isWhole: boolean; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: "yes-or-no" }
  | { readonly kind: "one-of"; readonly choices: readonly string[] }
  | {
      readonly kind: "some-of";
      readonly choices: readonly string[];
      readonly minItems?: number;
      readonly maxItems?: number;
    };

export type TextFormat = keyof typeof FORMATS;

/** As strict as is needed to catch what was mistyped. */
const FORMATS = {
  email: { pattern: /^[^\s@]+@[^\s@]+$/, allowed: "an e-mail address" },
  uri: { pattern: /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, allowed: "a URI" },
  date: { pattern: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, allowed: "a date such as 2027-01-31" },
  "date-time": {
    pattern: /^\d{4}-\d\d-\d\d[Tt][0-2]\d:[0-5]\d:[0-6]\d(?:\.\d+)?(?:[Zz]|[+-][0-2]\d:[0-5]\d)$/,
    allowed: "a time such as 2027-01-31T09:30:00Z",
  },
} as const;

export interface FormAnswerWrong {
  /** Left out for the whole. */
  readonly field?: string;
  readonly allowed: string;
}

/** What is wrong first with a form as it was filled in; undefined where nothing is. */
export function wrongInForm({ fields, required }: Form, value: unknown): FormAnswerWrong | undefined {
  if (!isRecord(value)) return { allowed: `an object with ${[...fields.keys()].join(", ")}` };
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { field: missing, allowed: allowedIn(fields.get(missing)) };
  for (const [name, filled] of Object.entries(value)) {
    const field = fields.get(name);
    if (field === undefined || !fits(field, filled)) return { field: name.slice(0, 100), allowed: allowedIn(field) };
  }
  return undefined;
}

function fits(field: FormField, value: unknown): boolean {
  switch (field.kind) {
    case "text":
      return (
        typeof value === "string" && isWithin(value.length, field.minLength, field.maxLength) && hasFormat(field, value)
      );
    case "number":
      return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        (!field.isWhole || Number.isInteger(value)) &&
        isWithin(value, field.minimum, field.maximum)
      );
    case "yes-or-no":
      return typeof value === "boolean";
    case "one-of":
      return typeof value === "string" && field.choices.includes(value);
    case "some-of":
      return (
        Array.isArray(value) &&
        isWithin(value.length, field.minItems, field.maxItems) &&
        new Set(value).size === value.length &&
        value.every((choice) => typeof choice === "string" && field.choices.includes(choice))
      );
  }
}

const isWithin = (value: number, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): boolean =>
  value >= min && value <= max;

const hasFormat = ({ format }: { readonly format?: TextFormat }, text: string): boolean =>
  format === undefined || FORMATS[format].pattern.test(text);

function allowedIn(field: FormField | undefined): string {
  switch (field?.kind) {
    case undefined:
      return "no field of the form";
    case "text":
      return `${field.format === undefined ? "a text" : FORMATS[field.format].allowed}${span(field.minLength, field.maxLength, " characters")}`;
    case "number":
      return `a ${field.isWhole ? "whole " : ""}number${span(field.minimum, field.maximum)}`;
    case "yes-or-no":
      return "true or false";
    case "one-of":
      return `one of ${JSON.stringify(field.choices)}`;
    case "some-of":
      return `a list of some of ${JSON.stringify(field.choices)}${span(field.minItems, field.maxItems)}`;
  }
}

function span(min: number | undefined, max: number | undefined, unit = ""): string {
  if (min === undefined && max === undefined) return "";
  if (min === undefined) return `, at most ${max}${unit}`;
  return max === undefined ? `, at least ${min}${unit}` : `, ${min} to ${max}${unit}`;
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}
