import type { HttpRequest } from "../../core/http/http-message.ts";
import { forwardedHeaders, valuesByName } from "./forwarded.ts";
import { traceId } from "./trace-id.ts";

export interface AlbEventFacts {
  readonly targetGroupArn: string;
  readonly requestId: string;
  readonly atEpochMs: number;
}

/** Types whose bodies come as text where nothing has encoded them. */
const TEXT_TYPES = new Set(["application/json", "application/javascript", "application/xml"]);

/** What a load balancer with `dropInvalidHeaderFields` passes on (its attributes, read 2026-11-21). */
const VALID_NAME = /^[-a-z0-9]+$/;

/**
 * The event that an application load balancer makes of a request, with multi-value headers on. Neither path nor query is
 * decoded. Source: Elastic Load Balancing, "Lambda functions as targets" and "Request tracing" (read 2026-11-21).
 *
 * Not as there: repeated headers are joined.
 */
export function albEvent(request: HttpRequest, { targetGroupArn, requestId, atEpochMs }: AlbEventFacts): object {
  const traced = tracedBy(request.headers["x-amzn-trace-id"], traceId(requestId, atEpochMs));
  const headers = forwardedHeaders({ ...request, headers: { ...request.headers, "x-amzn-trace-id": traced } });
  const isText = comesAsText(request.headers) || request.body.byteLength === 0;
  return {
    requestContext: { elb: { targetGroupArn } },
    httpMethod: request.method,
    path: request.path,
    multiValueQueryStringParameters: valuesByName(parametersIn(request.query)),
    multiValueHeaders: valuesByName(headers.filter(([name]) => VALID_NAME.test(name))),
    body: Buffer.from(request.body).toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
}

function comesAsText(headers: HttpRequest["headers"]): boolean {
  if (headers["content-encoding"] !== undefined) return false;
  const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";");
  return type.startsWith("text/") || TEXT_TYPES.has(type.trim());
}

function parametersIn(query: string): readonly (readonly [string, string])[] {
  const parameters = query.split("&").filter((parameter) => parameter !== "");
  return parameters.map((parameter) => {
    const end = parameter.indexOf("=");
    return end < 0 ? [parameter, ""] : [parameter.slice(0, end), parameter.slice(end + 1)];
  });
}

/** Where the caller has begun a trace, the load balancer adds itself to it; what it had added before is replaced. */
function tracedBy(sent: string | undefined, id: string): string {
  const fields = (sent ?? "").split(";").filter((field) => field !== "" && !field.startsWith("Self="));
  if (fields.some((field) => field.startsWith("Root="))) return [`Self=${id}`, ...fields].join(";");
  return [`Root=${id}`, ...fields].join(";");
}
