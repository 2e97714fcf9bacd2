import * as z from "zod";
import type { HttpReply } from "../../core/http/http-message.ts";

/** What functions answer both kinds of front door with. */
export const statusCode = z.coerce.number().int().min(100).max(599);
export const headerValues = z.record(z.string(), z.array(z.coerce.string()));

/** Undefined for what is no JSON. */
export function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export function bodyIn(reply: {
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | null | undefined;
}): string | Buffer {
  return reply.isBase64Encoded === true ? Buffer.from(reply.body ?? "", "base64") : (reply.body ?? "");
}

/** The status and headers of a reply, with its names in lower case; a list stands for each `Set-Cookie`. */
export function replyHead(
  status: number,
  named: ReadonlyMap<string, readonly string[]>,
): Pick<HttpReply, "status" | "headers" | "cookies"> {
  const { "set-cookie": cookies = [], ...headers } = Object.fromEntries(named);
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(", ")])),
    ...(cookies.length > 0 && { cookies }),
  };
}
