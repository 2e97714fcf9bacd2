import type * as z from "zod";
import type { CallContext, HttpRequest } from "../../core/http/http-message.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { parseTenantId, type TenantId } from "../../core/tenant/tenant-id.ts";
import type { HttpProblem } from "../problem-reply.ts";
import type { Operation, OperationCall } from "./operation.ts";

/** In the path, in place of the caller's own tenant. */
const OWN_TENANT = "self";

/** Reads all that an operation asks for, or says all that is wrong with one part of it. */
export function readCall(
  operation: Operation,
  sent: {
    readonly request: HttpRequest;
    readonly context: CallContext;
    readonly params: Readonly<Record<string, string>>;
  },
): Result<OperationCall<unknown, unknown>, HttpProblem> {
  const { request, context } = sent;
  const { tenantId: named, ...params } = sent.params;
  const tenantId = tenantOf(named, context.principal);
  if (tenantId === undefined) return refused(TENANT_ABSENT);
  const query = operation.query.safeParse(Object.fromEntries(new URLSearchParams(request.query)));
  if (!query.success) return refused(invalid("query_invalid", "the query", query.error));
  const body = readBody(operation, request);
  if (!body.ok) return body;
  const version = operation.takesVersion ? versionIn(request.headers["if-match"]) : undefined;
  if (version === "malformed") return refused(VERSION_MALFORMED);
  return ok({ request, context, tenantId, params, query: query.data, body: body.value, version });
}

/** Another tenant's is not there for anyone but who runs the fleet. */
function tenantOf(named: string | undefined, { tenantId, role }: Principal): TenantId | undefined {
  if (named === undefined || named === OWN_TENANT) return tenantId;
  const parsed = parseTenantId(named);
  if (!parsed.ok) return undefined;
  return parsed.value === tenantId || role === "operator" ? parsed.value : undefined;
}

export const TENANT_ABSENT: HttpProblem = { status: 404, code: "tenant_absent", detail: "there is no such tenant" };

function readBody({ body: schema }: Operation, request: HttpRequest): Result<unknown, HttpProblem> {
  if (schema === undefined) return ok(undefined);
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    return refused({ status: 415, code: "media_type_unsupported", detail: "send the body as application/json" });
  }
  const json = readJson(request.body);
  if (json === undefined)
    return refused({ status: 400, code: "body_malformed", detail: "the body is not JSON in UTF-8" });
  const read = schema.safeParse(json);
  return read.success ? ok(read.data) : refused(invalid("body_invalid", "the body", read.error));
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined; // `undefined` itself is no JSON
  }
}

function invalid(code: string, what: string, error: z.ZodError): HttpProblem {
  const flaws = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return { status: 400, code, detail: `${what} is not as it should be: ${flaws.join("; ")}` };
}

/** RFC 9110, section 13.1.1: the version as its `ETag` told it. */
function versionIn(header: string | undefined): number | undefined | "malformed" {
  if (header === undefined || header.trim() === "*") return undefined;
  const [, version] = /^\s*"(\d{1,15})"\s*$/.exec(header) ?? [];
  return version === undefined ? "malformed" : Number(version);
}

const VERSION_MALFORMED: HttpProblem = {
  status: 400,
  code: "version_malformed",
  detail: 'If-Match takes the ETag of an earlier reply, as "7"',
};
