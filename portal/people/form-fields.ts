import type { Json } from "../../client/people/wire.ts";
import { isObject } from "./json-text.ts";

export interface Choice {
  readonly value: string;
  readonly title: string;
}

export type FieldControl =
  | {
      readonly kind: "text";
      readonly format: "email" | "uri" | "date" | "date-time" | undefined;
      readonly minLength: number | undefined;
      readonly maxLength: number | undefined;
    }
  | {
      readonly kind: "number";
      readonly isWhole: boolean;
      readonly minimum: number | undefined;
      readonly maximum: number | undefined;
    }
  | { readonly kind: "yes-or-no" }
  | { readonly kind: "one-of"; readonly choices: readonly Choice[] }
  | { readonly kind: "some-of"; readonly choices: readonly Choice[] };

/** A field of a question's form, as it is shown. */
export interface FormField {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly control: FieldControl;
  readonly initial: FieldValue;
}

/** What somebody has filled in so far: numbers are still texts. */
export type FieldValue = string | boolean | readonly string[];
export type FieldValues = Readonly<Record<string, FieldValue>>;

type Schema = { readonly [name: string]: Json };

/** The flat subset of JSON Schema, which the server has checked. What it does not know, it shows as a text. */
export function formFields(schema: Schema): readonly FormField[] {
  const { properties, required } = schema;
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  return Object.entries(isObject(properties) ? properties : {}).map(([name, raw]) => {
    const field = isObject(raw) ? raw : {};
    const control = controlOf(field);
    return {
      name,
      title: textOf(field.title) ?? name,
      description: textOf(field.description),
      isRequired: isRequired(name),
      control,
      initial: initialOf(control, field.default),
    };
  });
}

function controlOf(field: Schema): FieldControl {
  switch (field.type) {
    case "number":
    case "integer": {
      const bounds = { minimum: numberOf(field.minimum), maximum: numberOf(field.maximum) };
      return { kind: "number", isWhole: field.type === "integer", ...bounds };
    }
    case "boolean":
      return { kind: "yes-or-no" };
    case "array":
      return { kind: "some-of", choices: choicesOf(isObject(field.items) ? field.items : {}) };
    default: {
      const choices = choicesOf(field);
      if (choices.length > 0) return { kind: "one-of", choices };
      const lengths = { minLength: numberOf(field.minLength), maxLength: numberOf(field.maxLength) };
      return { kind: "text", format: formatOf(field.format), ...lengths };
    }
  }
}

function choicesOf({ enum: plain, enumNames, oneOf, anyOf }: Schema): readonly Choice[] {
  const names = listOf(enumNames);
  const values = listOf(plain).filter((value) => typeof value === "string");
  if (values.length > 0) return values.map((value, index) => ({ value, title: textOf(names[index]) ?? value }));
  return [...listOf(oneOf), ...listOf(anyOf)].flatMap((choice) =>
    isObject(choice) && typeof choice.const === "string"
      ? [{ value: choice.const, title: textOf(choice.title) ?? choice.const }]
      : [],
  );
}

function initialOf(control: FieldControl, given: Json | undefined): FieldValue {
  switch (control.kind) {
    case "yes-or-no":
      return given === true;
    case "some-of":
      return listOf(given).filter((value) => typeof value === "string");
    case "number":
      return numberOf(given)?.toString() ?? "";
    default:
      return textOf(given) ?? "";
  }
}

export type Filled =
  | { readonly ok: true; readonly answer: Schema }
  | { readonly ok: false; readonly wrong: ReadonlyMap<string, string> };

/** The answer, or for each field what is wrong with it. What is optional and empty is left out. */
export function filledForm(fields: readonly FormField[], values: FieldValues): Filled {
  const wrong = new Map<string, string>();
  const answer: Record<string, Json> = {};
  for (const field of fields) {
    const read = readField(field, values[field.name] ?? field.initial);
    if ("wrong" in read) wrong.set(field.name, read.wrong);
    else if (read.value !== undefined) answer[field.name] = read.value;
  }
  return wrong.size > 0 ? { ok: false, wrong } : { ok: true, answer };
}

type Read = { readonly wrong: string } | { readonly value: Json | undefined };

function readField({ control, isRequired }: FormField, value: FieldValue): Read {
  if (control.kind === "yes-or-no") return { value: value === true };
  if (typeof value === "boolean") return { value: undefined };
  if (value.length === 0) return isRequired ? { wrong: "This is needed." } : { value: undefined };
  if (typeof value !== "string") return { value };
  if (control.kind === "number") return readNumber(control, value);
  return control.kind === "text" ? readText(control, value) : { value };
}

function readNumber(
  { isWhole, minimum = -Infinity, maximum = Infinity }: Extract<FieldControl, { readonly kind: "number" }>,
  text: string,
): Read {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return { wrong: "This is no number." };
  if (isWhole && !Number.isInteger(value)) return { wrong: "A whole number is needed." };
  if (value < minimum) return { wrong: `At least ${minimum}.` };
  return value > maximum ? { wrong: `At most ${maximum}.` } : { value };
}

function readText(
  { format, minLength = 0, maxLength = Infinity }: Extract<FieldControl, { readonly kind: "text" }>,
  text: string,
): Read {
  if (text.length < minLength) return { wrong: `At least ${minLength} characters.` };
  if (text.length > maxLength) return { wrong: `At most ${maxLength} characters.` };
  switch (format) {
    case "email":
      return /^[^\s@]+@[^\s@]+$/.test(text) ? { value: text } : { wrong: "This is no e-mail address." };
    case "uri":
      return /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text)
        ? { value: text }
        : { wrong: "An address begins with https: or the like." };
    case "date-time": {
      // The field of browsers knows no zone: what it says is meant here.
      const moment = new Date(text);
      return Number.isNaN(moment.getTime()) ? { wrong: "This is no time." } : { value: moment.toISOString() };
    }
    default:
      return { value: text };
  }
}

const textOf = (raw: Json | undefined): string | undefined => (typeof raw === "string" ? raw : undefined);
const numberOf = (raw: Json | undefined): number | undefined => (typeof raw === "number" ? raw : undefined);
const listOf = (raw: Json | undefined): readonly Json[] => (Array.isArray(raw) ? raw : []);
function formatOf(raw: Json | undefined): Extract<FieldControl, { readonly kind: "text" }>["format"] {
  return raw === "email" || raw === "uri" || raw === "date" || raw === "date-time" ? raw : undefined;
}
