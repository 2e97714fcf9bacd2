import { request as ask, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpReply } from "../../core/http/http-message.ts";
import { callLine } from "../../http/call-line.ts";
import { elapsedMs, steadyMs } from "../../http/elapsed-ms.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { NOT_LISTENING, REPLY_BROKEN } from "../../http/passage/passage-problems.ts";
import type { PassageTarget } from "../../http/passage/passage-target.ts";
import { replyHeaders, requestHeaders } from "../../http/passage/proxy-headers.ts";
import { type HttpProblem, problemReply } from "../../http/problem-reply.ts";
import { type Door, type OpenCalls, openCall, requestOf } from "../http-exchange.ts";
import { CONNECT_TIMEOUT_MS, SOCKET_IDLE_MS, SOCKETS_MAX } from "./limits.ts";
import { outgoingHeaders } from "./pass-exchange.ts";

export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
}

/** Whether a request asks for a WebSocket (RFC 6455, section 4.1): of other protocols none is passed on. */
export const isWebSocket = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers.upgrade?.toLowerCase() === "websocket";

/** A WebSocket to a project. It may stay open for longer than a call, and ends with either side or the cell. Never rejects. */
export async function passUpgrade(door: Door, open: OpenCalls, upgrade: Upgrade): Promise<void> {
  const { incoming, socket } = upgrade;
  const call = openCall(door, open);
  // Whoever leaves has nobody to be told.
  socket.on("error", () => socket.destroy());
  try {
    const startedAtEpochMs = door.clock.nowMs();
    const startedMs = steadyMs();
    const request = requestOf(incoming, new Uint8Array());
    const reply = await door.handler(request, call);
    const target = door.passage?.targetOf(call.requestId);
    const tell = (told: HttpReply, bytes: number): void => {
      const durationMs = elapsedMs(startedMs);
      door.callEnded(callLine(request, told, call, { startedAtEpochMs, durationMs, bytes }));
    };
    if (target === undefined) return tell(reply, refuseUpgrade(socket, reply));
    if (open.sockets.size >= SOCKETS_MAX) return tell(...refusal(socket, SOCKETS_FULL, call.requestId));
    const joined = await join(upgrade, target);
    if (!("socket" in joined)) return tell(...refusal(socket, joined, call.requestId));
    call.end();
    const bytes = await joinedUntilEnd(open, { socket, project: joined.socket });
    tell({ ...reply, status: 101 }, bytes);
  } catch (fault) {
    door.reportFault(fault, call.requestId);
    socket.destroy();
  } finally {
    call.end();
    open.calls.remove(call);
  }
}

/** The project's side of it, once both have agreed; or why there is none. */
function join(
  { incoming, socket, head }: Upgrade,
  { host, port, path, prefix }: PassageTarget,
): Promise<{ readonly socket: Duplex } | HttpProblem> {
  const authority = `${host}:${port}`;
  const headers = requestHeaders({
    headers: incoming.headers,
    remoteAddress: incoming.socket.remoteAddress ?? "",
    tls: false,
    prefix,
    authority,
  });
  return new Promise((resolve) => {
    const asking = ask({
      ...{ host, port, path, agent: false, setHost: false },
      headers: { ...headers, connection: "Upgrade", upgrade: "websocket" },
      signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
    });
    asking.on("upgrade", (answer, project, projectHead) => {
      project.on("error", () => project.destroy());
      const told = {
        ...outgoingHeaders(replyHeaders({ headers: answer.headers, prefix, authority })),
        connection: "Upgrade",
        upgrade: "websocket",
      };
      socket.write(headText(101, told));
      if (projectHead.byteLength > 0) socket.write(projectHead);
      if (head.byteLength > 0) project.write(head);
      resolve({ socket: project });
    });
    asking.on("response", (answer) => {
      answer.resume();
      resolve(NO_WEBSOCKET);
    });
    asking.on("error", (error) => resolve(faultCode(error) === "ECONNREFUSED" ? NOT_LISTENING : REPLY_BROKEN));
    asking.end();
  });
}

/** How many bytes the project sent. */
function joinedUntilEnd(
  open: OpenCalls,
  { socket, project }: { readonly socket: Duplex; readonly project: Duplex },
): Promise<number> {
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(idle);
      open.sockets.delete(socket);
      socket.destroy();
      project.destroy();
      resolve(bytes);
    };
    const idle = setTimeout(end, SOCKET_IDLE_MS);
    open.sockets.add(socket);
    project.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      idle.refresh();
    });
    socket.on("data", () => idle.refresh());
    for (const side of [socket, project]) side.on("close", end);
    socket.pipe(project);
    project.pipe(socket);
  });
}

function refusal(socket: Duplex, problem: HttpProblem, requestId: string): [reply: HttpReply, bytes: number] {
  const reply = problemReply(problem, requestId);
  return [reply, refuseUpgrade(socket, reply)];
}

/** Answers in HTTP who has asked for a WebSocket and gets none. How many bytes the body had. */
export function refuseUpgrade(socket: Duplex, { status, headers, body }: HttpReply): number {
  const text = typeof body === "string" ? body : "";
  const bytes = Buffer.byteLength(text);
  socket.end(`${headText(status, { ...headers, "content-length": String(bytes), connection: "close" })}${text}`);
  return bytes;
}

function headText(status: number, headers: object): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${String(one)}`),
  );
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...lines, "", ""].join("\r\n");
}

const NO_WEBSOCKET: HttpProblem = {
  status: 502,
  code: "project_no_websocket",
  detail: "the project answered, and takes no WebSocket there",
};
const SOCKETS_FULL: HttpProblem = {
  status: 503,
  code: "sockets_full",
  detail: `${SOCKETS_MAX} WebSockets of projects are open, and no more are taken`,
  headers: { "retry-after": "5" },
};
