import * as z from "zod";
import { ok, type Result, refused } from "../result.ts";
import type { Form, FormField } from "./form.ts";
import { FORM_FIELD_NAME_CHARACTERS_MAX, FORM_FIELDS_MAX } from "./limits.ts";

export interface FormSchemaWrong {
  /** In the schema. Left out for the whole of it. */
  readonly field?: string;
  readonly allowed: string;
}

/** Reads a schema of one level. What a form can't show is refused, so that no answer passes for checked that is not. */
export function parseForm(raw: unknown): Result<Form, FormSchemaWrong> {
  schemas ??= makeSchemas();
  const whole = schemas.whole.safeParse(raw);
  if (!whole.success) return refused({ allowed: 'of type "object", with properties and no nested schema' });
  const { properties, required = [] } = whole.data;
  const names = Object.keys(properties);
  if (names.length === 0 || names.length > FORM_FIELDS_MAX)
    return refused({ field: "properties", allowed: `1 to ${FORM_FIELDS_MAX} fields` });
  const fields = new Map<string, FormField>();
  for (const name of names) {
    if (!isFieldName(name)) return refused({ field: `properties.${name.slice(0, 100)}`, allowed: NAMES_ALLOWED });
    const field = schemas.field.safeParse(properties[name]);
    if (!field.success) return refused({ field: `properties.${name}`, allowed: FIELDS_ALLOWED });
    fields.set(name, field.data);
  }
  if (required.some((name) => !fields.has(name))) return refused({ field: "required", allowed: "names of properties" });
  return ok({ fields, required });
}

/** Begins with a letter, so that none is a name that objects have of their own accord. */
const FIELD_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]*$/;
const isFieldName = (name: string): boolean =>
  name.length <= FORM_FIELD_NAME_CHARACTERS_MAX && FIELD_NAME_PATTERN.test(name);
const NAMES_ALLOWED = `named by a letter and then letters, digits, "_", "-" and ".", ${FORM_FIELD_NAME_CHARACTERS_MAX} characters at most`;
const FIELDS_ALLOWED =
  "a string (minLength, maxLength, format, enum or oneOf), number, integer (minimum, maximum), boolean, or array of enum items";

let schemas: ReturnType<typeof makeSchemas> | undefined;

function makeSchemas() {
  return {
    field: z.union([textField(), numberField(), yesOrNoField(), oneOfField(), someOfField()]),
    whole: z.strictObject({
      ...shown(),
      $schema: z.string().exactOptional(),
      type: z.literal("object"),
      properties: z.record(z.string(), z.unknown()),
      required: z.array(z.string()).exactOptional(),
      additionalProperties: z.literal(false).exactOptional(),
    }),
  };
}

/** For those who look at it, and of no matter for the answer. */
const shown = () => ({ title: z.string().exactOptional(), description: z.string().exactOptional() });
const count = () => z.int().min(0).exactOptional();
const choices = () => z.array(z.string()).min(1);
const titled = () =>
  z
    .array(z.strictObject({ const: z.string(), title: z.string().exactOptional() }))
    .min(1)
    .transform((of) => of.map((choice) => choice.const));

function textField() {
  return z
    .strictObject({
      ...shown(),
      type: z.literal("string"),
      minLength: count(),
      maxLength: count(),
      format: z.enum(["email", "uri", "date", "date-time"]).exactOptional(),
      default: z.string().exactOptional(),
    })
    .transform(
      ({ type: _type, title: _title, description: _about, default: _first, ...rest }): FormField => ({
        kind: "text",
        ...rest,
      }),
    );
}

function numberField() {
  const bound = z.number().exactOptional();
  return z
    .strictObject({ ...shown(), type: z.enum(["number", "integer"]), minimum: bound, maximum: bound, default: bound })
    .transform(
      ({ type, title: _title, description: _about, default: _first, ...rest }): FormField => ({
        kind: "number",
        isWhole: type === "integer",
        ...rest,
      }),
    );
}

function yesOrNoField() {
  return z
    .strictObject({ ...shown(), type: z.literal("boolean"), default: z.boolean().exactOptional() })
    .transform((): FormField => ({ kind: "yes-or-no" }));
}

/** With titles; without; and as it was before 2025-11-25, with titles beside. */
function oneOfField() {
  const single = { ...shown(), type: z.literal("string"), default: z.string().exactOptional() };
  return z.union([
    z
      .strictObject({ ...single, enum: choices(), enumNames: z.array(z.string()).exactOptional() })
      .transform((field): FormField => ({ kind: "one-of", choices: field.enum })),
    z
      .strictObject({ ...single, oneOf: titled() })
      .transform((field): FormField => ({ kind: "one-of", choices: field.oneOf })),
  ]);
}

function someOfField() {
  const items = z.union([
    z.strictObject({ type: z.literal("string"), enum: choices() }).transform((item) => item.enum),
    z.strictObject({ anyOf: titled() }).transform(({ anyOf }) => anyOf),
  ]);
  return z
    .strictObject({
      ...shown(),
      type: z.literal("array"),
      items,
      minItems: count(),
      maxItems: count(),
      default: z.array(z.string()).exactOptional(),
    })
    .transform(
      ({ type: _type, items: of, title: _title, description: _about, default: _first, ...rest }): FormField => ({
        kind: "some-of",
        choices: of,
        ...rest,
      }),
    );
}
