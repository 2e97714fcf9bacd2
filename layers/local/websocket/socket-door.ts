import type { SocketHandler } from "../../core/connection/socket-event.ts";
import type { DoorCall, HttpHandler } from "../../core/http/http-message.ts";
import type { Chance } from "../../core/ports/chance.ts";
import { callLine } from "../../http/call-line.ts";
import { elapsedMs } from "../../http/elapsed-ms.ts";
import { RETRY_AFTER_SECONDS } from "../../http/limits.ts";
import { problemReply } from "../../http/problem-reply.ts";
import { type Door, type OpenCalls, openCall, requestOf } from "../http-exchange.ts";
import { isWebSocket, refuseUpgrade, type Upgrade } from "../proxy/pass-upgrade.ts";
import type { OpenedSocket } from "./held-socket.ts";
import type { WebSockets } from "./web-sockets.ts";

/** Where people's clients connect. */
export const SOCKET_PATH = "/ws";

/** What the sockets of a cell stand on, once one is asked for. */
export interface SocketHost {
  readonly sockets: WebSockets;
  readonly handler: SocketHandler;
  /** The name under which this process holds connections now; undefined where it can't hold any. */
  gateway(): string | undefined;
}

interface Opening {
  readonly host: SocketHost;
  readonly opened: OpenedSocket;
  readonly subprotocol: string | undefined;
}

export interface SocketDoorParts {
  /** Made ready when the first client comes. */
  readonly host: () => Promise<SocketHost>;
  readonly chance: Chance;
}

/** The way of a WebSocket through the cell's door: it is judged as any call there, and then by the handler of sockets. */
export class SocketDoor {
  readonly #parts: SocketDoorParts;
  readonly #openings = new Map<string, Opening>();

  constructor(parts: SocketDoorParts) {
    this.#parts = parts;
  }

  takes(target: string): boolean {
    return target === SOCKET_PATH || target.startsWith(`${SOCKET_PATH}?`);
  }

  /** The route's. Its reply is the answer only where nothing was let in. */
  readonly handler: HttpHandler<DoorCall> = async (request, call) => {
    const { upgrade, origin, authorization, "sec-websocket-protocol": protocols = "" } = request.headers;
    if (!isWebSocket({ headers: { upgrade } })) return problemReply(UPGRADE_REQUIRED, call.requestId);
    const host = await this.#parts.host();
    const gateway = host.gateway();
    const { remoteAddress: clientAddress } = request;
    if (gateway === undefined || !host.sockets.hasRoom(clientAddress)) return problemReply(NO_ROOM, call.requestId);
    const connectionId = this.#parts.chance.token(CONNECTION_ID_BYTES);
    const subprotocols = protocols.split(",").flatMap((name) => name.trim() || []);
    const event = {
      event: "opening",
      connectionId,
      gateway,
      origin,
      subprotocols,
      authorization,
      clientAddress,
    } as const;
    const answer = await host.handler.opening(event);
    if (!answer.accepted) return problemReply(refusalOf(answer.status), call.requestId);
    const { memo, subprotocol } = answer;
    const opened = { connectionId, gateway, memo, clientAddress, speaksSkein: subprotocol === SKEIN };
    this.#openings.set(call.requestId, { host, opened, subprotocol });
    return { status: 101, headers: {}, body: "", log: { operation: "GET /ws" } };
  };

  /** From the request to the socket, or to a refusal in HTTP. Never rejects. */
  async open(door: Door, calls: OpenCalls, { incoming, socket, head }: Upgrade): Promise<"taken" | "refused"> {
    const call = openCall(door, calls);
    // Whoever leaves has nobody to be told.
    socket.on("error", () => socket.destroy());
    try {
      const startedAtEpochMs = door.clock.nowMs();
      const startedMs = performance.now();
      const request = requestOf(incoming, new Uint8Array());
      const reply = await door.handler(request, call);
      const opening = this.#openings.get(call.requestId);
      const bytes = opening === undefined ? refuseUpgrade(socket, reply) : 0;
      const durationMs = elapsedMs(startedMs);
      door.callEnded(callLine(request, reply, call, { startedAtEpochMs, durationMs, bytes }));
      if (opening === undefined) return "refused";
      const { host, ...accepted } = opening;
      host.sockets.take({ incoming, socket, head, ...accepted });
      return "taken";
    } catch (fault) {
      door.reportFault(fault, call.requestId);
      socket.destroy();
      return "refused";
    } finally {
      this.#openings.delete(call.requestId);
      call.end();
      calls.calls.remove(call);
    }
  }
}

const SKEIN = "skein.v1";
/** 40 characters, that nobody guesses. */
const CONNECTION_ID_BYTES = 30;

const UPGRADE_REQUIRED = {
  status: 426,
  code: "upgrade_required",
  detail: "clients of people's connections speak WebSocket here",
  headers: { upgrade: "websocket", connection: "upgrade" },
} as const;
const NO_ROOM = {
  status: 503,
  code: "sockets_full",
  detail: "this process holds as many connections as it can; try again",
  headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
} as const;

function refusalOf(status: 401 | 403 | 429 | 503) {
  const headers = status === 429 || status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {};
  return { status, headers, ...REFUSALS[status] };
}

const REFUSALS = {
  401: { code: "credential_refused", detail: "the credential that was shown is not good" },
  403: { code: "connection_forbidden", detail: "who asks, or the page that does, may not connect here" },
  429: { code: "rate_exceeded", detail: "too many connections are opened from this address" },
  503: { code: "unavailable", detail: "it can't be found out now who asks; try again" },
} as const;
