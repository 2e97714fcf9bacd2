import * as z from "zod";
import { ACTIONS, type Action } from "../../core/tenant/action.ts";
import { SCOPES } from "../../core/tenant/scope.ts";
import type { Operation } from "./operation.ts";

/** A path of the server that no operation answers, described by hand: what OpenAPI calls a path item. */
export type DescribedPaths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly operations: readonly Operation[];
  readonly others: DescribedPaths;
}

/** The OpenAPI 3.1 document of a server, made of the same schemas that its calls are read with. */
export function openApi({ title, version, operations, others }: OpenApiOptions): object {
  const paths = Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(ofPath.map((operation) => [operation.method.toLowerCase(), described(operation)])),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: { title, version },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    paths: { ...paths, ...others },
    components: {
      schemas: { Problem: z.toJSONSchema(Problem) },
      responses: { Problem: PROBLEM_RESPONSE },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: `A token (${SCOPES.join(", ")}) or an API key (sk_…)` },
      },
    },
    security: [{ bearer: [] }],
  };
}

/** RFC 9457, as every refusal is told. */
const Problem = z.object({
  status: z.int().describe("The status of the reply"),
  title: z.string(),
  code: z.string().describe("Stable: match on it"),
  detail: z.string().describe("For the person who reads it"),
  requestId: z.string().describe("Under which whoever runs the server finds the call"),
});

const PROBLEM_RESPONSE = {
  description: "What was wrong",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
} as const;

function described(operation: Operation): object {
  const { id, tag, summary, action, fleetAction, success, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [action, fleetAction].flatMap((each) => (each === undefined ? [] : [rightWords(each)])).join(" "),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: inputSchema(body) } } },
    }),
    responses: {
      [success.status]: { description: success.description, ...contentOf(operation) },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function rightWords(action: Action): string {
  const { roles, scope }: { readonly roles: readonly string[]; readonly scope: string } = ACTIONS[action];
  return `For ${roles.join(", ")}, with the scope ${scope}.`;
}

function contentOf({ success: { schema, otherTypes = [] } }: Operation): object {
  if (schema === undefined) return {};
  const texts = otherTypes.map((type) => [type, { schema: { type: "string" } }]);
  const json = { schema: inputSchema(schema) };
  return { content: { "application/json": json, ...Object.fromEntries(texts) } };
}

function pathParameters({ path }: Operation): readonly object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...(name === "tenantId" && { description: "A tenant's id, or `self`" }),
  }));
}

function queryParameters({ query }: Operation): readonly object[] {
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: "query",
    required: !z.safeParse(schema, undefined).success,
    schema: inputSchema(schema),
  }));
}

function headerParameters({ takesVersion }: Operation): readonly object[] {
  if (!takesVersion) return [];
  const description = "The ETag of the reply that the change is based on";
  return [{ name: "If-Match", in: "header", required: false, schema: { type: "string" }, description }];
}

function inputSchema(schema: z.core.$ZodType): object {
  return z.toJSONSchema(schema, { io: "input" });
}
