import type { HttpRequest } from "../../layers/core/http/http-message.ts";
import type { CarriedProblem, CarriedRequest } from "../../layers/http/passage/carried-call.ts";
import { readCarried } from "../../layers/http/passage/carried-frames.ts";
import type { PassageTarget } from "../../layers/http/passage/passage-target.ts";
import { type ProxyReplyHeaders, replyHeaders, requestHeaders } from "../../layers/http/passage/proxy-headers.ts";

/** Has the function in the network of projects do one request, told as JSON, and gives what that streams. */
export type Carrier = (event: string, signal: AbortSignal) => Promise<AsyncGenerator<Uint8Array>>;

export interface CarriedReply extends ProxyReplyHeaders {
  readonly status: number;
  /** To be read to its end, or left. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly leave: () => Promise<void>;
}

export interface Carriage {
  /** Whose run has to be at the target. */
  readonly run: string;
  readonly target: PassageTarget;
  readonly replyTimeoutMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Of these, no front door takes a function's word. */
const SAID_BY_DOORS = ["content-length", "date"];

/**
 * One request to where a run is, told as the local proxy tells it.
 *
 * @throws what the carrier throws, and for what it never tells.
 */
export async function carry(
  carrier: Carrier,
  request: HttpRequest,
  { run, target, replyTimeoutMs, timeoutMs, signal }: Carriage,
): Promise<CarriedReply | CarriedProblem> {
  const authority = `${target.host}:${target.port}`;
  const carried: CarriedRequest = {
    run,
    ...{ host: target.host, port: target.port, method: request.method, path: asciiPath(target.path) },
    headers: headersOf(request, { ...target, authority }),
    ...(request.body.byteLength > 0 && { body: Buffer.from(request.body).toString("base64") }),
    replyTimeoutMs,
    timeoutMs,
  };
  const { head, body, leave } = await readCarried(await carrier(JSON.stringify(carried), signal));
  if ("problem" in head) {
    await leave();
    return head.problem;
  }
  const { headers, cookies } = replyHeaders({ headers: head.headers, prefix: target.prefix, authority });
  const told = Object.entries(headers).filter(([name]) => !SAID_BY_DOORS.includes(name));
  return { status: head.status, headers: Object.fromEntries(told), cookies, body, leave };
}

/** A body has the length that arrived, however it was told. */
function headersOf(
  { headers, remoteAddress, tls, body }: HttpRequest,
  { prefix, authority }: { readonly prefix: string; readonly authority: string },
): Record<string, string> {
  const { "content-length": length, ...told } = requestHeaders({ headers, remoteAddress, tls, prefix, authority });
  const hasBody = body.byteLength > 0 || length !== undefined || headers["transfer-encoding"] !== undefined;
  const sent = Object.entries(told).map(([name, value]) => [name, latin1(value)]);
  return { ...Object.fromEntries(sent), ...(hasBody && { "content-length": String(body.byteLength) }) };
}

/** Some clients send what a path can't hold as it is, and some front doors pass it on. */
function asciiPath(path: string): string {
  return path.toWellFormed().replace(/[^!-~]+/gu, encodeURIComponent);
}

/** As a head can hold it: of what front doors have read as UTF-8 the bytes that it came as. */
function latin1(value: string): string {
  return /[^\0-\u00ff]/.test(value) ? Buffer.from(value).toString("latin1") : value;
}
