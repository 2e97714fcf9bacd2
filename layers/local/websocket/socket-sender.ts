import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "../../core/ports/clock.ts";
import type { PushOutcome } from "../../core/ports/push.ts";
import { LAGGED } from "../../people/wire/server-frame.ts";
import type { WebSocketLimits } from "./limits.ts";
import type { SocketTally } from "./socket-tally.ts";
import { WireText } from "./wire-text.ts";

/** A WebSocket, and what it is spoken over. */
export interface SpokenSocket {
  /** Reads, and speaks of control alone. */
  readonly webSocket: WebSocket;
  /** All texts are written here, whole frames at once: nothing comes between, since the other compresses nothing. */
  readonly wire: Duplex;
}

export interface SenderParts {
  readonly clock: Clock;
  readonly limits: WebSocketLimits;
  readonly tally: SocketTally;
}

/** What may wait for one client, as things stand in the process. */
export interface WaitingRoom {
  readonly waitingBytesMax: number;
}

/** What goes to one client, as fast as it takes it. */
export class SocketSender {
  readonly #spoken: SpokenSocket;
  readonly #parts: SenderParts;
  readonly #room: WaitingRoom;
  readonly #form: { readonly compressed: boolean };
  readonly #fellBehind: () => void;
  #isBehind = false;
  #sending: Promise<PushOutcome> | undefined;
  #taken: AbortController | undefined;

  constructor(
    spoken: SpokenSocket,
    given: { readonly parts: SenderParts; readonly room: WaitingRoom; readonly fellBehind: () => void },
  ) {
    this.#spoken = spoken;
    this.#parts = given.parts;
    this.#room = given.room;
    this.#fellBehind = given.fellBehind;
    this.#form = spoken.webSocket.extensions === "" ? PLAIN : COMPRESSED;
  }

  get isOpen(): boolean {
    const { webSocket } = this.#spoken;
    return webSocket.readyState === webSocket.OPEN;
  }

  get waitingBytes(): number {
    return this.#spoken.webSocket.bufferedAmount;
  }

  /**
   * In their order. At once where there is room for them; else as the client takes them, and no longer than a named limit. One
   * that is behind is given nothing more, until it has taken what waits for it.
   */
  send(texts: readonly WireText[]): PushOutcome | Promise<PushOutcome> {
    if (!this.isOpen) return "gone";
    if (this.#isBehind) return "behind";
    const endsAtMs = this.#parts.clock.nowMs() + this.#parts.limits.slowSendMs;
    if (this.#sending !== undefined)
      return this.#keepSending(this.#sending.then(() => this.#writeRest(texts, { from: 0, endsAtMs })));
    const sentCount = this.#write(texts, 0);
    return sentCount === texts.length
      ? "sent"
      : this.#keepSending(this.#writeRest(texts, { from: sentCount, endsAtMs }));
  }

  /** Whatever waits already: one word about the connection itself. */
  say(text: string): void {
    if (this.isOpen) this.#spoken.wire.write(new WireText(text).frame(PLAIN));
  }

  /** Tells a client that was behind that it is so no more, once it has taken all. */
  readonly lookAgain = (): void => {
    this.#taken?.abort();
    if (!this.#isBehind || this.waitingBytes > 0 || !this.isOpen) return;
    this.#isBehind = false;
    this.say(LAGGED);
  };

  /** Until it has ended, what else is sent waits its turn. */
  #keepSending(sending: Promise<PushOutcome>): Promise<PushOutcome> {
    this.#sending = sending;
    return sending.finally(() => {
      if (this.#sending === sending) this.#sending = undefined;
    });
  }

  /** As many as there is room for. Up to which it came. */
  #write(texts: readonly WireText[], from: number): number {
    let next = from;
    for (; next < texts.length; next++) {
      const text = texts[next];
      if (text === undefined || this.waitingBytes > this.#room.waitingBytesMax) break;
      this.#spoken.wire.write(text.frame(this.#form), this.lookAgain);
      this.#parts.tally.textsSent++;
    }
    return next;
  }

  /** One that takes nothing for some time, or not all in a longer one, is behind. */
  async #writeRest(
    texts: readonly WireText[],
    { from, endsAtMs }: { readonly from: number; readonly endsAtMs: number },
  ): Promise<PushOutcome> {
    const { clock, tally } = this.#parts;
    for (let next = from; next < texts.length; next = this.#write(texts, next)) {
      if (this.#isBehind) return "behind";
      const isTaking = this.waitingBytes <= this.#room.waitingBytesMax || (await this.#takesSome());
      if (!this.isOpen) return "gone";
      if (isTaking && clock.nowMs() <= endsAtMs) continue;
      this.#isBehind = true;
      tally.lagged++;
      this.#fellBehind();
      return "behind";
    }
    return "sent";
  }

  async #takesSome(): Promise<boolean> {
    const { clock, limits } = this.#parts;
    const taken = new AbortController();
    this.#taken = taken;
    await clock.sleep(limits.stallMs, taken.signal);
    this.#taken = undefined;
    return taken.signal.aborted;
  }
}

const PLAIN = { compressed: false } as const;
const COMPRESSED = { compressed: true } as const;
