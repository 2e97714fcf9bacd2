import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import * as z from "zod";
import type { Clock } from "../../core/ports/clock.ts";
import { CONNECT_TIMEOUT_MS } from "../client.ts";
import { serviceEndpoint } from "../endpoint.ts";
import type { RoleSettings } from "../function-settings.ts";
import { type EventMessage, eventMessages } from "./event-stream.ts";
import { signedInvocation } from "./signed-invocation.ts";

/** Calls one function that streams its answer. */
export interface StreamInvoker {
  /**
   * What the function streams, as it comes; to be read to its end, or left by `return`. A function can't see that: what it
   * does goes on until it ends by itself.
   *
   * @param signal also ends a stream that has begun.
   * @throws {InvocationFault} here, and in the stream where the function fails on its way.
   */
  invoke(event: string, signal: AbortSignal): Promise<AsyncGenerator<Buffer>>;
  /** Lets go of the connections. */
  close(): void;
}

export interface StreamInvokerParts extends RoleSettings {
  readonly functionName: string;
  readonly qualifier: string;
  readonly clock: Clock;
}

/** A function that could not be called, or failed. */
export class InvocationFault extends Error {
  readonly code = "invocation_failed";
  /** Lambda's own word for it, where it had one: then nothing has run, or what ran has failed. */
  readonly reason: string | undefined;
  constructor(reason: string | undefined, options?: { cause: unknown }) {
    super(`a function could not be called to its end${reason === undefined ? "" : `: ${reason}`}`, options);
    this.name = "InvocationFault";
    this.reason = reason;
  }
}

/**
 * A connection that nobody used for longer is not used again: a function is frozen between calls and does not hear that
 * the other side has gone, and what was lost with a connection can't be asked for twice.
 */
const CONNECTION_IDLE_MS_MAX = 5_000;
/** One call at a time, and a second where the first is left to come to its end. */
const CONNECTIONS_MAX = 4;
/** What is read of a refusal. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/** Without the SDK, and without a second try: who carries a request can't tell whether it has taken effect. */
export function streamInvoker({ functionName, qualifier, clock, ...settings }: StreamInvokerParts): StreamInvoker {
  const endpoint = serviceEndpoint("lambda", settings);
  const { Agent } = endpoint.protocol === "https:" ? https : http;
  let agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  let usedAtMs = clock.nowMs();

  function freshAgent(nowMs: number): http.Agent {
    if (nowMs - usedAtMs > CONNECTION_IDLE_MS_MAX || nowMs < usedAtMs) {
      agent.destroy();
      agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
    }
    usedAtMs = nowMs;
    return agent;
  }

  return {
    async invoke(event, signal) {
      const nowMs = clock.nowMs();
      const signed = signedInvocation({ ...settings, endpoint, functionName, qualifier, event, nowMs });
      const answer = await sent({ ...signed, endpoint, event, signal, agent: freshAgent(nowMs) });
      if (answer.statusCode !== 200) throw await refusalIn(answer);
      return payloadsIn(answer, () => {
        usedAtMs = clock.nowMs();
      });
    },
    close: () => agent.destroy(),
  };
}

interface Sending {
  readonly endpoint: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly event: string;
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

function sent({ endpoint, path, headers, event, agent, signal }: Sending): Promise<http.IncomingMessage> {
  const { request } = endpoint.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, endpoint), { method: "POST", headers, agent, signal });
    outgoing.on("socket", (socket) => endWhereUnconnected(socket, outgoing));
    outgoing.on("error", (cause) => reject(new InvocationFault(undefined, { cause })));
    outgoing.on("response", resolve);
    outgoing.end(event);
  });
}

function endWhereUnconnected(socket: Socket, outgoing: http.ClientRequest): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => outgoing.destroy(), CONNECT_TIMEOUT_MS);
  for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
}

/** As Lambda refuses: its word in a header, which may go on with an address. */
async function refusalIn(answer: http.IncomingMessage): Promise<InvocationFault> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.byteLength;
    if (bytes > REFUSAL_BYTES_MAX) break;
  }
  const [type = ""] = String(answer.headers["x-amzn-errortype"] ?? "").split(":");
  return new InvocationFault(type === "" ? `HTTP ${answer.statusCode}` : type);
}

/** What stands at the end of a stream. */
const Complete = z.object({ ErrorCode: z.string().nullish() });

async function* payloadsIn(answer: http.IncomingMessage, ended: () => void): AsyncGenerator<Buffer> {
  let isComplete = false;
  try {
    for await (const message of eventMessages(answer)) {
      const event = eventOf(message);
      if (event === "PayloadChunk") yield message.payload;
      if (event !== "InvokeComplete") continue;
      const { ErrorCode: error } = Complete.parse(JSON.parse(message.payload.toString()));
      if (typeof error === "string" && error !== "") throw new InvocationFault(error);
      // Nothing follows, and its connection is good for the next call when that has been seen.
      isComplete = true;
    }
  } catch (cause) {
    throw cause instanceof InvocationFault ? cause : new InvocationFault(undefined, { cause });
  } finally {
    ended();
    if (!answer.complete) answer.destroy();
  }
  if (!isComplete) throw new InvocationFault("the stream has no end");
}

/** @throws {InvocationFault} for an exception, which Lambda may send in the place of an event. */
function eventOf({ headers }: EventMessage): string | undefined {
  if (headers[":message-type"] === "event") return headers[":event-type"];
  throw new InvocationFault(headers[":exception-type"] ?? headers[":error-code"] ?? "a message of no known kind");
}
