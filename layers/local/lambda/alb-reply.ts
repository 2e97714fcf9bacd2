import * as z from "zod";
import type { HttpReply } from "../../core/http/http-message.ts";
import { bodyIn, headerValues, jsonIn, replyHead, statusCode } from "./function-reply.ts";
import type { InvocationOutcome } from "./invocation.ts";
import { BALANCED_REPLY_BYTES_MAX } from "./limits.ts";

/**
 * With multi-value headers on, a reply without them is none. Source: Elastic Load Balancing, "Lambda functions as targets",
 * "Respond to the load balancer" and "Multi-value headers" (read 2026-11-21).
 */
const AlbReply = z.object({
  statusCode,
  multiValueHeaders: headerValues,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean(),
});

/** What means something between two neighbours alone, or is counted anew (RFC 9110, section 7.6.1). */
const LEFT_OUT = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const OWN_REPLIES = {
  400: "Bad Request",
  413: "Request Entity Too Large",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
} as const;

/** A reply that the load balancer makes itself: a small page, whatever the caller accepts. */
export function balancerReply(status: keyof typeof OWN_REPLIES): HttpReply {
  const title = `${status} ${OWN_REPLIES[status]}`;
  const lines = ["<html>", `<head><title>${title}</title></head>`, "<body>", `<center><h1>${title}</h1></center>`];
  return {
    status,
    headers: { "content-type": "text/html", server: "awselb/2.0" },
    body: [...lines, "</body>", "</html>", ""].join("\r\n"),
  };
}

/**
 * What a load balancer makes of a function's answer. One that failed, was throttled or took too long, a reply of more than
 * 1 MB, and what is no reply, are all the same 502 to the caller ("Troubleshoot your Application Load Balancers", read
 * 2026-11-21).
 */
export function albReply(outcome: InvocationOutcome): HttpReply {
  if (outcome.kind !== "whole" || outcome.body.byteLength > BALANCED_REPLY_BYTES_MAX) return balancerReply(502);
  const reply = AlbReply.safeParse(jsonIn(outcome.body));
  if (!reply.success) return balancerReply(502);
  const named = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(reply.data.multiValueHeaders)) named.set(name.toLowerCase(), values);
  for (const name of LEFT_OUT) named.delete(name);
  return { ...replyHead(reply.data.statusCode, named), body: bodyIn(reply.data) };
}
