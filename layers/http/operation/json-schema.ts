import * as z from "zod";

/** As it is sent, also for what is told: a reply may come to hold more in time, so nothing is said to be all of it. */
export function jsonSchemaOf(schema: z.core.$ZodType): z.core.JSONSchema.JSONSchema {
  const { $schema: _told, ...json } = z.toJSONSchema(schema, { io: "input", override: withoutSafeRange });
  return json;
}

/** That whole numbers are those that JSON can say exactly, every reader of JSON knows. */
function withoutSafeRange({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
