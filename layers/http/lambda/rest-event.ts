import type { Fields } from "../../core/fields.ts";
import { ok, type Result } from "../../core/result.ts";
import {
  type EventUnreadable,
  encodedPath,
  type HttpEvent,
  joinedHeaders,
  lastOf,
  messageIn,
  queryOf,
  readFields,
  valuesIn,
} from "./event-message.ts";

/**
 * A request from a REST API (payload format 1.0). The path comes as it was sent; the query was decoded on the way and is
 * encoded again, so that `a` has become `a=`, and parameters of one name stand together.
 */
export function readRestEvent(raw: unknown): Result<HttpEvent, EventUnreadable> {
  const event = readFields(restEventIn, { raw, kind: "a REST API or a load balancer" });
  if (!event.ok) return event;
  const { httpMethod, path, asked, parameters, body, sourceIp } = event.value;
  const headers = joinedHeaders(event.value.headers);
  const mount = mountOf({ asked, path });
  return ok({
    door: "rest",
    request: {
      method: httpMethod,
      path: encodedPath(path),
      query: queryOf(parameters, (text) => encodeURIComponent(text.toWellFormed())),
      headers,
      body,
      remoteAddress: sourceIp,
      tls: lastOf(headers["x-forwarded-proto"]) === "https",
      ...(mount !== "" && { mount }),
    },
  });
}

/** Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration" (read 2026-11-20). */
function restEventIn(event: Fields) {
  const context = event.within("requestContext");
  return {
    ...messageIn(event),
    headers: event.has("multiValueHeaders") ? valuesIn(event, "multiValueHeaders") : {},
    sourceIp: context.within("identity").text("sourceIp"),
    asked: context.has("path") ? context.text("path") : "",
  };
}

/** What the caller has written before the path: the stage, where the API has no domain. */
function mountOf({ asked, path }: { readonly asked: string; readonly path: string }): string {
  return asked.endsWith(path) ? asked.slice(0, asked.length - path.length) : "";
}
