import type * as z from "zod";
import type { HttpRequest } from "../../core/http/http-message.ts";
import { JSON_DEPTH_MAX, parsedBody } from "../../core/parsed-json.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";
import type { HttpProblem } from "../problem-reply.ts";
import { idempotencyKeyIn } from "./idempotency-key.ts";
import type { CallSchemas, OperationCall, SentCall } from "./operation.ts";

/** In the path, in place of the caller's own tenant. */
const OWN_TENANT = "self";

type ReadCall = OperationCall<Record<string, unknown>, Record<string, unknown>, unknown>;

/** Reads all that is sent, or says all that is wrong with it. Whose it is comes first: another's is not even looked at. */
export function readCall(schemas: CallSchemas, sent: SentCall): Result<ReadCall, HttpProblem> {
  const { request, context } = sent;
  const { tenantId: named, ...given } = sent.params;
  const tenantId = tenantOf(named, context.principal);
  if (tenantId === undefined) return refused(TENANT_ABSENT);
  const json = jsonBody(schemas.body, request);
  if (!json.ok) return json;
  const asked = new URLSearchParams(request.query);
  const version = schemas.takesVersion ? versionIn(request.headers["if-match"]) : ok(undefined);
  const key = schemas.takesIdempotencyKey ? idempotencyKeyIn(request.headers["idempotency-key"]) : ok(undefined);
  const params = schemas.params.safeParse(given);
  const query = schemas.query.safeParse(Object.fromEntries(asked));
  const body = schemas.body?.safeParse(json.value);
  const flaws = [
    ...flawsOf("path", params.error),
    ...repeatedNames(asked),
    ...flawsOf("query", query.error),
    ...flawsOf("body", body?.error),
    ...(version.ok ? [] : [version.problem]),
    ...(key.ok ? [] : [key.problem]),
  ];
  if (flaws.length > 0 || !params.success || !query.success || !version.ok || !key.ok) return refused(invalid(flaws));
  const read = {
    params: params.data,
    query: query.data,
    body: body?.data,
    version: version.value,
    idempotencyKey: key.value,
  };
  return ok({ request, context, tenantId, ...read });
}

/** Another tenant's is not there for anyone but who runs the fleet. */
function tenantOf(named: string | undefined, { tenantId, role }: Principal): TenantId | undefined {
  if (named === undefined || named === OWN_TENANT) return tenantId;
  const parsed = parseTenantId(named);
  if (!parsed.ok) return undefined;
  return parsed.value === tenantId || role === "operator" ? parsed.value : undefined;
}

export const TENANT_ABSENT: HttpProblem = { status: 404, code: "tenant_absent", detail: "there is no such tenant" };

function jsonBody(schema: z.ZodType | undefined, request: HttpRequest): Result<unknown, HttpProblem> {
  if (schema === undefined || (isNothing(request) && isBodyOptional(schema))) return ok(undefined);
  if (!/^\s*application\/json\s*(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    return refused({ status: 415, code: "media_type_unsupported", detail: "send the body as application/json" });
  }
  const json = parsedBody(request.body);
  return json === undefined ? refused(BODY_MALFORMED) : ok(json);
}

/** For a body that belongs to no operation. */
export function readBody<Schema extends z.ZodType>(
  schema: Schema,
  request: HttpRequest,
): Result<z.output<Schema>, HttpProblem> {
  const json = jsonBody(schema, request);
  if (!json.ok) return json;
  const body = schema.safeParse(json.value);
  return body.success ? ok(body.data) : refused(invalid(flawsOf("body", body.error)));
}

const isNothing = ({ headers, body }: HttpRequest): boolean =>
  body.byteLength === 0 && headers["content-type"] === undefined;

/** Whether a call may come without a body: its schema takes what is not there. */
export const isBodyOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

const BODY_MALFORMED: HttpProblem = {
  status: 400,
  code: "body_malformed",
  detail: `the body is not JSON in UTF-8, or is nested more than ${JSON_DEPTH_MAX} deep`,
};

function flawsOf(part: "path" | "query" | "body", error: z.ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map(({ path, message }) => `${[part, ...path].join(".")}: ${message}`);
}

/** Whichever of two values were taken, somebody would have meant the other. */
function repeatedNames(asked: URLSearchParams): readonly string[] {
  const repeated = [...asked.keys()].filter((name, index, names) => names.indexOf(name) < index);
  return [...new Set(repeated)].map((name) => `query.${name}: is there more than once`);
}

/** RFC 9110, section 13.1.1: the version as its `ETag` told it. */
function versionIn(header: string | undefined): Result<number | undefined, string> {
  if (header === undefined || header.trim() === "*") return ok(undefined);
  const [, version] = /^\s*"(\d{1,15})"\s*$/.exec(header) ?? [];
  return version === undefined ? refused('If-Match: takes the ETag of an earlier reply, as "7"') : ok(Number(version));
}

const FLAWS_TOLD_MAX = 20;

function invalid(flaws: readonly string[]): HttpProblem {
  const told = flaws.slice(0, FLAWS_TOLD_MAX);
  const rest = flaws.length - told.length;
  const detail = [...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
  return { status: 400, code: "request_invalid", detail };
}
