import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../../core/ports/clock.ts";
import { FrameLengths } from "./frame-lengths.ts";
import { SOCKET_API_LIMITS, type SocketApiLimits } from "./limits.ts";

/** A request for a WebSocket, that was let in. */
export interface AcceptedConnection {
  readonly connectionId: string;
  readonly subprotocol: string | undefined;
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** What becomes of a connection. */
export interface ConnectionTold {
  message(text: string): void;
  closed(how: { readonly code: number; readonly reason: string }): void;
}

export interface HeldConnectionsParts {
  readonly clock: Clock;
  /** @default API Gateway's own */
  readonly limits?: SocketApiLimits;
}

interface Held {
  readonly webSocket: WebSocket;
  readonly openedAtMs: number;
  usedAtMs: number;
}

/** Sources: RFC 6455, section 7.4.1; API Gateway quotas (read 2026-11-20): "larger frames close with 1009". */
const DONE = 1000;
const AWAY = 1001;
const BINARY = 1003;
const TOO_LARGE = 1009;

/**
 * The connections of a WebSocket API, under API Gateway's limits: a frame or a message that is too long ends with 1009, a binary
 * one with 1003, and whoever is silent or there for too long with 1001. What a client does not take waits here.
 */
export class HeldConnections {
  readonly limits: SocketApiLimits;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  readonly #server: WebSocketServer;
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #sweeping: NodeJS.Timeout;

  constructor({ clock, limits = SOCKET_API_LIMITS }: HeldConnectionsParts) {
    this.#clock = clock;
    this.limits = limits;
    this.#server = new WebSocketServer({
      ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.messageBytesMax },
      handleProtocols: (_: unknown, request: IncomingMessage) => this.#protocols.get(request) ?? false,
    });
    this.#sweeping = setInterval(() => this.#sweep(), limits.sweepIntervalMs).unref();
  }

  get size(): number {
    return this.#held.size;
  }

  take({ connectionId, subprotocol, incoming, socket, head }: AcceptedConnection, told: ConnectionTold): void {
    if (subprotocol !== undefined) this.#protocols.set(incoming, subprotocol);
    this.#server.handleUpgrade(incoming, socket, head, (webSocket) => {
      const nowMs = this.#clock.nowMs();
      const held: Held = { webSocket, openedAtMs: nowMs, usedAtMs: nowMs };
      this.#held.set(connectionId, held);
      this.#guard(socket, webSocket);
      webSocket.on("message", (data, isBinary) => this.#hear(held, told, { data, isBinary }));
      webSocket.on("error", () => {});
      webSocket.once("close", (code, reason) => {
        this.#held.delete(connectionId);
        told.closed({ code, reason: String(reason) });
      });
    });
  }

  /** False where there is no such connection, or no longer. */
  post(connectionId: string, text: string): boolean {
    const held = this.#held.get(connectionId);
    if (held === undefined || held.webSocket.readyState !== held.webSocket.OPEN) return false;
    held.usedAtMs = this.#clock.nowMs();
    held.webSocket.send(text);
    return true;
  }

  /** Likewise. */
  end(connectionId: string): boolean {
    const held = this.#held.get(connectionId);
    if (held === undefined || held.webSocket.readyState !== held.webSocket.OPEN) return false;
    held.webSocket.close(DONE);
    return true;
  }

  /** Tells all that it ends, and waits for their ends as long as `waitMsMax`; who has not ended then is cut. */
  async close(waitMsMax: number): Promise<void> {
    clearInterval(this.#sweeping);
    for (const { webSocket } of this.#held.values()) webSocket.close(AWAY);
    const untilMs = this.#clock.nowMs() + waitMsMax;
    while (this.#held.size > 0 && this.#clock.nowMs() < untilMs) await this.#clock.sleep(LOOK_INTERVAL_MS);
    for (const { webSocket } of this.#held.values()) webSocket.terminate();
  }

  /** Before the frames are read, so that none of those that are too long is ever heard. */
  #guard(socket: Duplex, webSocket: WebSocket): void {
    const frames = new FrameLengths();
    socket.prependListener("data", (chunk: Buffer) => {
      if (frames.longestIn(chunk) > this.limits.frameBytesMax) webSocket.close(TOO_LARGE);
    });
  }

  #hear(
    held: Held,
    told: ConnectionTold,
    { data, isBinary }: { readonly data: RawData; readonly isBinary: boolean },
  ): void {
    const { webSocket } = held;
    if (webSocket.readyState !== webSocket.OPEN) return;
    held.usedAtMs = this.#clock.nowMs();
    if (isBinary) webSocket.close(BINARY);
    else told.message(String(data));
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    const { idleMsMax, lifeMsMax } = this.limits;
    for (const { webSocket, openedAtMs, usedAtMs } of this.#held.values()) {
      if (nowMs - usedAtMs >= idleMsMax || nowMs - openedAtMs >= lifeMsMax) webSocket.close(AWAY);
    }
  }
}

const LOOK_INTERVAL_MS = 20;
