import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { settledWithin } from "../../core/deployment/settled-within.ts";
import type { PushOutcome } from "../../core/ports/push.ts";
import type { StandingOf } from "../../core/tenant/standing.ts";
import { isLoopbackAddress } from "../../identity/loopback.ts";
import { CLOSE_CODES } from "../../people/wire/close-code.ts";
import { FRAME_BYTES_MAX } from "../../people/wire/limits.ts";
import { type HeldBytes, HeldSocket, type HolderParts, type OpenedSocket } from "./held-socket.ts";
import { CHUNKS_MAX, FRAGMENTS_MAX, INFLATIONS_AT_ONCE, WINDOW_BITS } from "./limits.ts";
import { lostStandings } from "./lost-standings.ts";
import type { SpokenSocket } from "./socket-sender.ts";
import type { WireText } from "./wire-text.ts";

export interface WebSocketsParts extends HolderParts {
  readonly standingOf: StandingOf;
}

/** A request that asks for a WebSocket, and has been let. */
export interface AcceptedUpgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly subprotocol: string | undefined;
  readonly opened: OpenedSocket;
}

/** The WebSockets that one process holds, each by the id of its connection. */
export class WebSockets {
  readonly #parts: WebSocketsParts;
  readonly #sockets = new Map<string, HeldSocket>();
  /** Those of which it was not known who is there when they were last counted, so that a count reads no others. */
  readonly #strangers = new Set<HeldSocket>();
  readonly #ends = new Set<Promise<void>>();
  readonly #perAddress = new Map<string, number>();
  readonly #held: HeldBytes;
  readonly #server: WebSocketServer;
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #sweeping: NodeJS.Timeout;
  readonly #standing: NodeJS.Timeout;
  #judging: Promise<void> | undefined;
  #isDraining = false;

  constructor(parts: WebSocketsParts) {
    const { limits, report } = parts;
    this.#parts = parts;
    this.#held = { heardBytes: 0, waitingBytesMax: limits.waitingBytesMax };
    const options = {
      ...{ noServer: true, clientTracking: false, closeTimeout: limits.closeTimeoutMs, perMessageDeflate: COMPRESSION },
      ...{ maxPayload: FRAME_BYTES_MAX, maxFragments: FRAGMENTS_MAX, maxBufferedChunks: CHUNKS_MAX },
      handleProtocols: (_: unknown, request: IncomingMessage) => this.#protocols.get(request) ?? false,
    };
    this.#server = new WebSocketServer(options);
    this.#sweeping = setInterval(() => this.#sweep(), limits.sweepIntervalMs).unref();
    this.#standing = setInterval(() => {
      this.#judging ??= this.#judge()
        .catch(report)
        .finally(() => {
          this.#judging = undefined;
        });
    }, limits.standingIntervalMs).unref();
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Different people among those who have said who they are. */
  peopleCount(): number {
    const people = new Set<string>();
    for (const { principal } of this.#sockets.values()) {
      if (principal !== undefined) people.add(`${principal.tenantId} ${principal.subject}`);
    }
    return people.size;
  }

  has(connectionId: string): boolean {
    return this.#sockets.has(connectionId);
  }

  /** Whether one more may come from an address, and nothing is known of it yet but that. */
  hasRoom(clientAddress: string): boolean {
    const { socketsMax, strangersMax, perAddressMax } = this.#parts.limits;
    if (this.#isDraining || this.#sockets.size >= socketsMax) return false;
    if (this.#strangers.size >= strangersMax && this.#strangersCount() >= strangersMax) return false;
    // What stands before the cell on its machine has many behind one address.
    return isLoopbackAddress(clientAddress) || (this.#perAddress.get(clientAddress) ?? 0) < perAddressMax;
  }

  take({ incoming, socket, head, subprotocol, opened }: AcceptedUpgrade): void {
    if (subprotocol !== undefined) this.#protocols.set(incoming, subprotocol);
    if (!mayCompress(incoming)) incoming.headers["sec-websocket-extensions"] = undefined;
    this.#server.handleUpgrade(incoming, socket, head, (webSocket) => this.#hold({ webSocket, wire: socket }, opened));
  }

  /** Of a connection that is not here it is gone. */
  send(connectionId: string, texts: readonly WireText[]): PushOutcome | Promise<PushOutcome> {
    return this.#sockets.get(connectionId)?.send(texts) ?? "gone";
  }

  close(connectionId: string, { code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#sockets.get(connectionId)?.close(code, reason);
  }

  /** All that one name of this process holds, which counts for nothing any more. */
  cutAll(gateway: string): void {
    for (const held of this.#sockets.values()) {
      if (held.opened.gateway === gateway) held.close(CLOSE_CODES.restart, RESTART);
    }
  }

  /** Takes no more, tells all to go elsewhere, and waits until their ends are written down, or the time for it is over. */
  async drain(): Promise<void> {
    const { limits, clock } = this.#parts;
    this.#isDraining = true;
    clearInterval(this.#standing);
    for (const held of this.#sockets.values()) held.close(CLOSE_CODES.restart, RESTART);
    await this.#allClosed(limits.drainMs);
    for (const held of this.#sockets.values()) held.cut();
    await this.#allClosed(CUT_MS_MAX);
    await settledWithin(clock, { work: [...this.#ends], waitMsMax: limits.drainMs });
    clearInterval(this.#sweeping);
    await this.#judging;
  }

  async #allClosed(waitMsMax: number): Promise<void> {
    const { clock } = this.#parts;
    const endsAtMs = clock.nowMs() + waitMsMax;
    while (this.#sockets.size > 0 && clock.nowMs() < endsAtMs) await clock.sleep(LOOK_INTERVAL_MS);
  }

  #hold(spoken: SpokenSocket, opened: OpenedSocket): void {
    const { tally, report } = this.#parts;
    const { connectionId, clientAddress } = opened;
    const held = new HeldSocket(spoken, opened, { parts: this.#parts, held: this.#held });
    this.#sockets.set(connectionId, held);
    this.#strangers.add(held);
    this.#count(clientAddress, 1);
    tally.opened++;
    spoken.webSocket.once("close", () => {
      this.#sockets.delete(connectionId);
      this.#strangers.delete(held);
      this.#count(clientAddress, -1);
      tally.closed++;
      const end = held
        .ended()
        .catch(report)
        .finally(() => this.#ends.delete(end));
      this.#ends.add(end);
    });
  }

  #count(clientAddress: string, change: 1 | -1): void {
    if (isLoopbackAddress(clientAddress)) return;
    const count = (this.#perAddress.get(clientAddress) ?? 0) + change;
    if (count === 0) this.#perAddress.delete(clientAddress);
    else this.#perAddress.set(clientAddress, count);
  }

  #strangersCount(): number {
    for (const held of this.#strangers) if (held.principal !== undefined) this.#strangers.delete(held);
    return this.#strangers.size;
  }

  #sweep(): void {
    const { clock, limits } = this.#parts;
    const nowMs = clock.nowMs();
    let waitingBytes = 0;
    for (const held of this.#sockets.values()) {
      held.sweep(nowMs);
      waitingBytes += held.waitingBytes;
    }
    const isCrowded = waitingBytes > limits.allWaitingBytesMax;
    this.#held.waitingBytesMax = isCrowded ? limits.crowdedBytesMax : limits.waitingBytesMax;
  }

  /** Cuts those who may no longer be there. */
  async #judge(): Promise<void> {
    const lost = await lostStandings(this.#parts.standingOf, this.#sockets.values());
    for (const { held, code } of lost) held.refuse({ code, message: "who is connected may no longer be" }, "refused");
  }
}

const RESTART = "service restart";
/** What is cut is closed in the next turn of the event loop. */
const CUT_MS_MAX = 1_000;
/** How often it is looked whether the last has closed. */
const LOOK_INTERVAL_MS = 20;

/** Only what clients send is left to `ws`: see {@link WireText}. */
const COMPRESSION = {
  concurrencyLimit: INFLATIONS_AT_ONCE,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: WINDOW_BITS,
  zlibInflateOptions: { chunkSize: 4_096 },
} as const;

/** A client that can look back less far than that is sent everything as it is: `ws` would refuse it altogether. */
function mayCompress({ headers }: IncomingMessage): boolean {
  const offered = /server_max_window_bits\s*=\s*"?(\d+)/.exec(headers["sec-websocket-extensions"] ?? "")?.[1];
  return offered === undefined || Number(offered) >= WINDOW_BITS;
}
