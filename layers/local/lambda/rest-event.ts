import type { HttpRequest } from "../../core/http/http-message.ts";
import { forwardedHeaders, valuesByName } from "./forwarded.ts";

/** Where an API lies, and what stands before it, as its events tell it. */
const API_ID = "local";
const STAGE = "live";
const ACCOUNT_ID = "000000000000";

export interface RestEventFacts {
  /** As the API's resources write it: `/mcp`, or `/health/{proxy+}`. */
  readonly resource: string;
  readonly requestId: string;
  readonly atEpochMs: number;
}

/**
 * The event that a REST API makes of a request. Source: API Gateway developer guide, "Input format of a Lambda function
 * for proxy integration" (read 2026-11-20). All bodies come in base64, since the API takes every type as binary.
 *
 * Not as there: names of headers are in lower case, and repeated headers are joined.
 */
export function restEvent(request: HttpRequest, { resource, requestId, atEpochMs }: RestEventFacts): object {
  const headers = forwardedHeaders(request);
  const query = [...new URLSearchParams(request.query)];
  return {
    resource,
    path: request.path,
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: valuesByName(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : valuesByName(query),
    pathParameters: resource.endsWith("{proxy+}") ? { proxy: request.path.slice(resource.indexOf("{")) } : null,
    stageVariables: null,
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      domainName: request.headers.host ?? "",
      domainPrefix: API_ID,
      extendedRequestId: requestId,
      httpMethod: request.method,
      identity: { sourceIp: request.remoteAddress, userAgent: request.headers["user-agent"] ?? null },
      // As below a domain: callers write no stage before it.
      path: request.path,
      protocol: "HTTP/1.1",
      requestId,
      requestTimeEpoch: atEpochMs,
      resourcePath: resource,
      stage: STAGE,
    },
    body: request.body.byteLength === 0 ? null : Buffer.from(request.body).toString("base64"),
    isBase64Encoded: request.body.byteLength > 0,
  };
}
