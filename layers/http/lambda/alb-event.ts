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

/** Source: Elastic Load Balancing, "Lambda functions as targets", multi-value headers on (read 2026-11-20). */
const AlbEvent = z.object({ ...eventMessage, multiValueHeaders: valuesByName.unwrap().unwrap() });

/**
 * A request from a load balancer, which decodes nothing. One without multi-value headers keeps only the last of repeated
 * headers and parameters, so its events are refused: that is a setting to correct, no request to answer.
 */
export function readAlbEvent(raw: unknown): Result<HttpEvent, EventUnreadable> {
  const kind = "a load balancer whose target group has multi-value headers on";
  const event = readEvent(AlbEvent, { raw, kind });
  if (!event.ok) return event;
  const { httpMethod, path, multiValueHeaders, multiValueQueryStringParameters } = event.value;
  const headers = joinedHeaders(multiValueHeaders);
  return ok({
    door: "alb",
    request: {
      method: httpMethod,
      path: encodedPath(path),
      query: queryOf(multiValueQueryStringParameters, (text) => text),
      headers,
      body: bodyBytes(event.value),
      remoteAddress: lastOf(headers["x-forwarded-for"]),
      tls: lastOf(headers["x-forwarded-proto"]) === "https",
    },
  });
}
