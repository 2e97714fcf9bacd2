import type { z } from "zod";

/** A JSON Schema object, 2020-12 unless its `$schema` says otherwise. Shown to clients exactly as given. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A zod schema, or a JSON Schema where one is already there. */
export type Schema = z.ZodType | JsonSchema;

/** What a tool may have besides: what makes a zod schema at its first use, so that a start does not wait for it. */
export type ToolSchema = Schema | (() => z.ZodType);

/** What a value is once its schema has read it. A JSON Schema gives no type: its reader checks what it takes. */
export type Read<S extends ToolSchema> = S extends z.ZodType<infer Value> | (() => z.ZodType<infer Value>)
  ? Value
  : Record<string, unknown>;

export function isZodSchema(schema: Schema): schema is z.ZodType {
  return "safeParse" in schema && typeof schema.safeParse === "function";
}
