import { toJSONSchema } from "zod/v4/core";
import { isZodSchema, type JsonSchema, type Schema } from "../toolkit/schema.ts";

export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

/** A schema made ready once: shown as JSON Schema, and used to check values. */
export interface CompiledSchema {
  /** What clients are shown. Made at the first use. */
  readonly json: JsonSchema;
  /** Reads a value; says in words what is wrong with one that does not fit. A promise where it has to be compiled first. */
  check(value: unknown): Checked | Promise<Checked>;
}

/** Problems told of one value: enough to mend it by, few enough to read. */
const ISSUES_MAX = 8;

export function compileSchema(schema: Schema, direction: "input" | "output"): CompiledSchema {
  return isZodSchema(schema) ? new ZodCompiled(schema, direction) : new JsonCompiled(schema);
}

type ZodSchema = Extract<Schema, { safeParse: unknown }>;

class ZodCompiled implements CompiledSchema {
  readonly #schema: ZodSchema;
  readonly #direction: "input" | "output";
  #json: JsonSchema | undefined;

  constructor(schema: ZodSchema, direction: "input" | "output") {
    this.#schema = schema;
    this.#direction = direction;
  }

  get json(): JsonSchema {
    this.#json ??= { ...toJSONSchema(this.#schema, { io: this.#direction, unrepresentable: "any" }) };
    return this.#json;
  }

  check(value: unknown): Checked | Promise<Checked> {
    const read = this.#schema.safeParse(value);
    if (read.success) return { ok: true, value: read.data };
    const issues = read.error.issues.slice(0, ISSUES_MAX);
    return { ok: false, why: issues.map((issue) => `${place(issue.path)}: ${issue.message}`).join("; ") };
  }
}

interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

class JsonCompiled implements CompiledSchema {
  readonly json: JsonSchema;
  #validator: Validator | undefined;

  constructor(json: JsonSchema) {
    this.json = json;
  }

  check(value: unknown): Checked | Promise<Checked> {
    if (this.#validator !== undefined) return judge(this.#validator, value);
    return compileJsonSchema(this.json).then((validator) => {
      this.#validator = validator;
      return judge(validator, value);
    });
  }
}

function judge(validator: Validator, value: unknown): Checked {
  if (validator(value)) return { ok: true, value };
  const issues = (validator.errors ?? []).slice(0, ISSUES_MAX);
  return {
    ok: false,
    why: issues
      .map((issue) => `${place(issue.instancePath.split("/").slice(1))}: ${issue.message ?? "is wrong"}`)
      .join("; "),
  };
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(the whole)" : path.map(String).join(".");
}

const DIALECT_2020 = "https://json-schema.org/draft/2020-12/schema";
const DIALECT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** Loaded at the first JSON Schema: a cell whose tools use zod alone never pays for it. References are never fetched. */
async function compileJsonSchema(schema: JsonSchema): Promise<Validator> {
  const options = { strict: false, validateFormats: false, allErrors: false, addUsedSchema: false };
  const dialect = schema.$schema ?? DIALECT_2020;
  if (typeof dialect === "string" && DIALECT_07.test(dialect)) {
    const { Ajv } = await import("ajv");
    return new Ajv(options).compile(schema);
  }
  if (dialect !== DIALECT_2020) throw new SchemaDialectUnknown(String(dialect));
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  return new Ajv2020(options).compile(schema);
}

export class SchemaDialectUnknown extends Error {
  readonly code = "schema_dialect_unknown";
  constructor(dialect: string) {
    super(`JSON Schema dialect ${dialect} is not supported; 2020-12 (the default) and draft-07 are`);
    this.name = "SchemaDialectUnknown";
  }
}
