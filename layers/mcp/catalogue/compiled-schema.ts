import { toJSONSchema } from "zod/v4/core";
import { isZodSchema, type JsonSchema, type Schema, type ToolSchema } from "../toolkit/schema.ts";

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

/**
 * @param ahead what clients are shown of a zod schema, where that was made before.
 * @throws SchemaDialectUnknown for a JSON Schema of a dialect that can't be checked.
 */
export function compileSchema(schema: ToolSchema, direction: "input" | "output", ahead?: JsonSchema): CompiledSchema {
  if (typeof schema === "function") return new ZodCompiled(schema, direction, ahead);
  return isZodSchema(schema) ? new ZodCompiled(() => schema, direction, ahead) : new JsonCompiled(schema);
}

type ZodSchema = Extract<Schema, { safeParse: unknown }>;

class ZodCompiled implements CompiledSchema {
  readonly #make: () => ZodSchema;
  readonly #direction: "input" | "output";
  #made: ZodSchema | undefined;
  #json: JsonSchema | undefined;

  constructor(make: () => ZodSchema, direction: "input" | "output", ahead: JsonSchema | undefined) {
    this.#make = make;
    this.#direction = direction;
    this.#json = ahead;
  }

  get #schema(): ZodSchema {
    this.#made ??= this.#make();
    return this.#made;
  }

  get json(): JsonSchema {
    this.#json ??= { ...toJSONSchema(this.#schema, { io: this.#direction, unrepresentable: "any" }) };
    return this.#json;
  }

  check(value: unknown): Checked {
    const read = unlessTooDeep(() => this.#schema.safeParse(value));
    if (read === undefined) return TOO_DEEP;
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
  readonly #dialect: Dialect;
  #validator: Validator | undefined;

  constructor(json: JsonSchema) {
    this.json = json;
    this.#dialect = dialectOf(json);
  }

  check(value: unknown): Checked | Promise<Checked> {
    if (this.#validator !== undefined) return judge(this.#validator, value);
    return compileJsonSchema(this.json, this.#dialect).then((validator) => {
      this.#validator = validator;
      return judge(validator, value);
    });
  }
}

function judge(validator: Validator, value: unknown): Checked {
  const isValid = unlessTooDeep(() => validator(value));
  if (isValid === undefined) return TOO_DEEP;
  if (isValid) return { ok: true, value };
  const issues = (validator.errors ?? []).slice(0, ISSUES_MAX);
  return {
    ok: false,
    why: issues
      .map((issue) => `${place(issue.instancePath.split("/").slice(1))}: ${issue.message ?? "is wrong"}`)
      .join("; "),
  };
}

const TOO_DEEP: Checked = { ok: false, why: "(the whole): nests too deep" };

/** A recursive schema follows its value down, and who sends the value chooses how far. */
function unlessTooDeep<T>(check: () => T): T | undefined {
  try {
    return check();
  } catch (fault) {
    if (fault instanceof RangeError) return undefined; // the stack is spent
    throw fault;
  }
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "(the whole)" : path.map(String).join(".");
}

type Dialect = "2020-12" | "draft-07";

const DIALECT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const DIALECT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

function dialectOf({ $schema }: JsonSchema): Dialect {
  const name = String($schema);
  if ($schema === undefined || DIALECT_2020.test(name)) return "2020-12";
  if (DIALECT_07.test(name)) return "draft-07";
  throw new SchemaDialectUnknown(name);
}

/** Loaded at the first JSON Schema: a cell whose tools use zod alone never pays for it. References are never fetched. */
async function compileJsonSchema(given: JsonSchema, dialect: Dialect): Promise<Validator> {
  const { $schema: _dialect, ...schema } = given; // not all the ways to write it are known to ajv
  const options = { strict: false, validateFormats: false, allErrors: false };
  // Through the default: a bundle gives no other name to what a CommonJS module exports.
  if (dialect === "draft-07") {
    const { default: ajv } = await import("ajv");
    return new ajv.Ajv(options).compile(schema);
  }
  const { default: ajv } = await import("ajv/dist/2020.js");
  return new ajv.Ajv2020(options).compile(schema);
}

export class SchemaDialectUnknown extends Error {
  readonly code = "schema_dialect_unknown";
  constructor(dialect: string) {
    super(`JSON Schema dialect ${dialect} is not supported; 2020-12 (the default) and draft-07 are`);
    this.name = "SchemaDialectUnknown";
  }
}
