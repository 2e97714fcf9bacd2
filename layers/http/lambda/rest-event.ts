import * as z from "zod";
import { ok, type Result } from "../../core/result.ts";
import {
  bodyBytes,
  type EventUnreadable,
  encodedPath,
  eventMessage,
  type HttpEvent,
  joinedHeaders,
  lastOf,
  queryOf,
  readEvent,
  valuesByName,
} from "./event-message.ts";

/** Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration" (read 2026-11-20). */
const RestEvent = z.object({
  ...eventMessage,
  multiValueHeaders: valuesByName,
  requestContext: z.object({ identity: z.object({ sourceIp: z.string() }), path: z.string().optional() }),
});

/**
 * A request from a REST API (payload format 1.0). The path comes as it was sent; the query was decoded on the way and is
 * encoded again, so that `a` has become `a=`, and parameters of one name stand together.
 */
export function readRestEvent(raw: unknown): Result<HttpEvent, EventUnreadable> {
  const event = readEvent(RestEvent, { raw, kind: "a REST API or a load balancer" });
  if (!event.ok) return event;
  const { httpMethod, path, multiValueHeaders, multiValueQueryStringParameters, requestContext } = event.value;
  const headers = joinedHeaders(multiValueHeaders);
  const mount = mountOf({ asked: requestContext.path, path });
  return ok({
    door: "rest",
    request: {
      method: httpMethod,
      path: encodedPath(path),
      query: queryOf(multiValueQueryStringParameters, (text) => encodeURIComponent(text.toWellFormed())),
      headers,
      body: bodyBytes(event.value),
      remoteAddress: requestContext.identity.sourceIp,
      tls: lastOf(headers["x-forwarded-proto"]) === "https",
      ...(mount !== "" && { mount }),
    },
  });
}

/** What the caller has written before the path: the stage, where the API has no domain. */
function mountOf({ asked = "", path }: { readonly asked: string | undefined; readonly path: string }): string {
  return asked.endsWith(path) ? asked.slice(0, asked.length - path.length) : "";
}
