import * as z from "zod";
import { ACTIONS, type Action } from "../../core/tenant/action.ts";
import { SCOPES } from "../../core/tenant/scope.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import { PROBLEM_RESPONSES, PROBLEM_SCHEMA, problemsOf } from "./openapi-problems.ts";
import type { DescribedOperation, OperationSuccess } from "./operation.ts";
import { isBodyOptional } from "./read-call.ts";

/** A path of the server that no operation answers, described by hand: what OpenAPI calls a path item. */
export type DescribedPaths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface DocumentTag {
  readonly name: string;
  readonly description: string;
}

export interface OpenApiOptions {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** In the order in which they are read best; those of nothing that is described are left out. */
  readonly tags: readonly DocumentTag[];
  readonly operations: readonly DescribedOperation[];
  readonly others: DescribedPaths;
}

/** The OpenAPI 3.1 document of a server, made of the same schemas that its calls are read with. */
export function openApi({ title, description, version, tags, operations, others }: OpenApiOptions): object {
  const paths = Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(ofPath.map((operation) => [operation.method.toLowerCase(), described(operation)])),
    ]),
  );
  const all = { ...paths, ...others };
  return {
    openapi: "3.1.0",
    info: { title, version, description },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    servers: [{ url: "/" }],
    tags: usedTags(tags, all),
    paths: all,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      responses: PROBLEM_RESPONSES,
      securitySchemes: { bearer: BEARER },
    },
    security: [{ bearer: [] }],
  };
}

function usedTags(tags: readonly DocumentTag[], paths: DescribedPaths): readonly DocumentTag[] {
  const used = new Set(Object.values(paths).flatMap((item) => Object.values(item).flatMap(tagsOf)));
  return tags.filter(({ name }) => used.has(name));
}

function tagsOf(operation: unknown): readonly unknown[] {
  const isTagged = typeof operation === "object" && operation !== null && "tags" in operation;
  return isTagged && Array.isArray(operation.tags) ? operation.tags : [];
}

const BEARER = {
  type: "http",
  scheme: "bearer",
  description: `A token with the scopes that a call asks for (${SCOPES.join(", ")}), or an API key (sk_...)`,
} as const;

function described(operation: DescribedOperation): object {
  const { id, tag, summary, description, action, fleetAction, success } = operation;
  const rights = [action, fleetAction].flatMap((each) => (each === undefined ? [] : [rightWords(each)]));
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [...(description === undefined ? [] : [description]), ...rights].join("\n\n"),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...requestBody(operation),
    responses: { [success.status]: successResponse(success), ...problemsOf(operation) },
  };
}

function rightWords(action: Action): string {
  const { roles, scope }: { readonly roles: readonly string[]; readonly scope: string } = ACTIONS[action];
  return `For ${roles.join(", ")}, with the scope ${scope}.`;
}

function requestBody({ schemas: { body }, bodyExample }: DescribedOperation): object {
  if (body === undefined) return {};
  const example = bodyExample === undefined ? {} : { example: bodyExample };
  const required = !isBodyOptional(body);
  return {
    requestBody: { required, content: { "application/json": { schema: jsonSchemaOf(body), ...example } } },
  };
}

function successResponse({ description, schema, example, otherTypes = [], hasVersion }: OperationSuccess): object {
  const texts = otherTypes.map((type) => [type, { schema: { type: "string" } }] as const);
  const shown = example === undefined ? {} : { example };
  const json = schema === undefined ? [] : [["application/json", { schema: jsonSchemaOf(schema), ...shown }] as const];
  const content = Object.fromEntries([...json, ...texts]);
  return {
    description,
    ...(hasVersion === true && { headers: { ETag: ETAG } }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

const ETAG = { description: "The version, for the If-Match of a change", schema: { type: "string" } } as const;

function pathParameters({ path, schemas: { params } }: DescribedOperation): readonly object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    ...(name === "tenantId" ? TENANT_PARAMETER : describedSchema(params.shape[name])),
  }));
}

const TENANT_PARAMETER = {
  description: "A tenant's id, or `self` for one's own. Another's is as good as none, but for operators.",
  schema: { type: "string" },
} as const;

function queryParameters({ schemas: { query } }: DescribedOperation): readonly object[] {
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: "query",
    required: !z.safeParse(schema, undefined).success,
    ...describedSchema(schema),
  }));
}

function headerParameters({ schemas }: DescribedOperation): readonly object[] {
  const taken = [
    ...(schemas.takesVersion ? [IF_MATCH] : []),
    ...(schemas.takesIdempotencyKey ? [IDEMPOTENCY_KEY] : []),
  ];
  return taken.map((header) => ({ ...header, in: "header", required: false, schema: { type: "string" } }));
}

const IF_MATCH = {
  name: "If-Match",
  description: "The ETag of the reply that the change is based on; left out, whatever is there is changed",
} as const;
const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  description:
    "A name of the caller's for this request, in quotes or without. The same request under the same name is done once, " +
    "however often it is sent; another request under it is refused with 422",
} as const;

/** What a parameter's schema says of it belongs beside the schema. */
function describedSchema(schema: z.core.$ZodType | undefined): object {
  if (schema === undefined) return { schema: { type: "string" } };
  const { description, ...rest } = jsonSchemaOf(schema);
  return { ...(description !== undefined && { description }), schema: rest };
}
