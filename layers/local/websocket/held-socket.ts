import type { RawData, WebSocket } from "ws";
import type { SocketAnswer, SocketHandler } from "../../core/connection/socket-event.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { PushOutcome } from "../../core/ports/push.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { CLOSE_CODES } from "../../people/wire/close-code.ts";
import { FrameRate, tooFast } from "../../people/wire/frame-rate.ts";
import { errorFrame } from "../../people/wire/server-frame.ts";
import type { WebSocketLimits } from "./limits.ts";
import { releaseInflate } from "./release-inflate.ts";
import { SocketSender, type SpokenSocket } from "./socket-sender.ts";
import type { SocketTally } from "./socket-tally.ts";
import { WireText } from "./wire-text.ts";

/** What all sockets of a process share. */
export interface HolderParts {
  readonly handler: SocketHandler;
  readonly clock: Clock;
  readonly limits: WebSocketLimits;
  readonly tally: SocketTally;
  readonly report: (fault: unknown) => void;
}

/** What is in the memory of a process for its sockets: more than its limit nobody is let add. */
export interface HeldBytes {
  heardBytes: number;
  /** For each client, as things stand. */
  waitingBytesMax: number;
}

export interface OpenedSocket {
  readonly connectionId: string;
  readonly gateway: string;
  readonly memo: string;
  readonly speaksSkein: boolean;
  readonly clientAddress: string;
}

/** One WebSocket: what its client says goes to the handler, one after the other, and what it is told goes out as it takes it. */
export class HeldSocket {
  readonly opened: OpenedSocket;
  readonly #socket: WebSocket;
  readonly #sender: SocketSender;
  readonly #parts: HolderParts;
  readonly #held: HeldBytes;
  readonly #rate: FrameRate;
  readonly #openedAtMs: number;
  #heardAtMs: number;
  #pingAtMs: number;
  #hasSpoken = false;
  #known: SocketAnswer["known"];
  #texts: Buffer[] | undefined;
  #heardBytes = 0;
  #work: Promise<void> | undefined;

  constructor(spoken: SpokenSocket, opened: OpenedSocket, { parts, held }: { parts: HolderParts; held: HeldBytes }) {
    const nowMs = parts.clock.nowMs();
    this.opened = opened;
    const { webSocket: socket } = spoken;
    this.#socket = socket;
    this.#sender = new SocketSender(spoken, { parts, room: held, fellBehind: () => this.#endIfWithoutNumbers() });
    this.#parts = parts;
    this.#held = held;
    this.#rate = new FrameRate(parts.limits, nowMs);
    this.#openedAtMs = nowMs;
    this.#heardAtMs = nowMs;
    this.#pingAtMs = nowMs + parts.limits.pingIntervalMs;
    socket.on("message", (data, isBinary) => this.#hear(data, isBinary));
    socket.on("ping", () => void this.#isInTime());
    socket.on("pong", () => {
      this.#heardAtMs = parts.clock.nowMs();
    });
    // It closes with the code for what was wrong by itself. A broken connection is no wrong of the client's.
    socket.on("error", (error) => {
      if (faultCode(error)?.startsWith("WS_ERR") === true) parts.tally.refuse("malformed");
    });
  }

  /** Undefined as long as nobody has said who is there. */
  get principal(): Principal | undefined {
    return this.#known?.principal;
  }

  get waitingBytes(): number {
    return this.#sender.waitingBytes;
  }

  send(texts: readonly WireText[]): PushOutcome | Promise<PushOutcome> {
    return this.#sender.send(texts);
  }

  close(code: number, reason: string): void {
    // A client that is not read from could not answer.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  /** Tells why, and closes. */
  refuse(told: { readonly code: string; readonly message: string }, how: keyof typeof CLOSE_CODES): void {
    this.#sender.say(errorFrame(told));
    this.close(CLOSE_CODES[how], told.code);
  }

  /** Without a word: nobody would hear it. */
  cut(): void {
    this.#socket.terminate();
  }

  /** What is due by now. Of one that is closing nothing is: it is cut where its client does not answer. */
  sweep(nowMs: number): void {
    if (!this.#sender.isOpen || this.#endIfDue(nowMs)) return;
    this.#sender.lookAgain();
    if (nowMs < this.#pingAtMs) return;
    this.#pingAtMs = nowMs + this.#parts.limits.pingIntervalMs;
    this.#socket.ping();
  }

  #endIfDue(nowMs: number): boolean {
    const { limits, tally } = this.#parts;
    const isStranger = this.#known === undefined && this.#work === undefined;
    if (isStranger && nowMs - this.#openedAtMs > limits.connectTimeoutMs) {
      tally.refuse("connect_late");
      this.refuse({ code: "connect_late", message: "connect is the first frame, and comes at once" }, "refused");
    } else if (this.#known !== undefined && nowMs >= this.#known.endsAtEpochMs) {
      this.close(CLOSE_CODES.over, "over");
    } else if (nowMs - this.#heardAtMs > limits.silenceMsMax) {
      tally.refuse("silent");
      this.cut();
    } else {
      return false;
    }
    return true;
  }

  /**
   * To be awaited once it has closed: what it said last is answered for, and its connection is off the record. It may be on
   * it though nobody was told who is there, where something failed in between.
   */
  async ended(): Promise<void> {
    await this.#work;
    const { connectionId, gateway } = this.opened;
    if (this.#hasSpoken) await this.#parts.handler.closed({ event: "closed", connectionId, gateway });
  }

  /** A client that knows no numbers can't ask for what it misses: it is told of open questions when it comes again. */
  #endIfWithoutNumbers(): void {
    if (!this.opened.speaksSkein) this.refuse({ code: "too_slow", message: "come again, and read faster" }, "later");
  }

  #hear(data: RawData, isBinary: boolean): void {
    const { tally, clock } = this.#parts;
    if (!this.#sender.isOpen) return;
    this.#heardAtMs = clock.nowMs();
    tally.textsReceived++;
    releaseInflate(this.#socket);
    if (isBinary || !Buffer.isBuffer(data)) {
      tally.refuse("binary");
      this.close(CLOSE_CODES.binary, "binary");
    } else if (this.#isInTime() && this.#hasRoomFor(data)) {
      this.#count(data.byteLength);
      this.#texts ??= [];
      this.#texts.push(data);
      this.#work ??= this.#answerAll();
    }
  }

  #count(bytes: number): void {
    this.#heardBytes += bytes;
    this.#held.heardBytes += bytes;
  }

  #hasRoomFor({ byteLength }: Buffer): boolean {
    const { heardBytesMax, allHeardBytesMax } = this.#parts.limits;
    const isMine = this.#heardBytes + byteLength > heardBytesMax;
    if (!isMine && this.#held.heardBytes + byteLength <= allHeardBytesMax) return true;
    this.#parts.tally.refuse("crowded");
    this.refuse({ code: "crowded", message: "too much is being said at once; come again" }, "later");
    return false;
  }

  /** Whether one more frame, of whatever kind, is within the client's rate. */
  #isInTime(): boolean {
    const { tally, limits, clock } = this.#parts;
    const verdict = this.#rate.take(limits, clock.nowMs());
    if (verdict === "taken") return true;
    if (verdict === "flood") {
      tally.refuse("flood");
      this.refuse(tooFast(limits, verdict), "refused");
      return false;
    }
    tally.refuse("too_fast");
    if (verdict === "told") this.#sender.say(errorFrame(tooFast(limits, verdict)));
    return false;
  }

  /** Meanwhile nothing more is read: what the client says waits in the network, and in the end with the client. */
  async #answerAll(): Promise<void> {
    this.#socket.pause();
    for (;;) {
      const text = this.#texts?.shift();
      if (text === undefined) break;
      this.#count(-text.byteLength);
      if (this.#sender.isOpen) await this.#answer(text.toString());
    }
    this.#texts = undefined;
    this.#work = undefined;
    this.#socket.resume();
  }

  async #answer(text: string): Promise<void> {
    const { handler, report } = this.#parts;
    const { connectionId, gateway, memo } = this.opened;
    this.#hasSpoken = true;
    try {
      const { texts, close, known } = await handler.text({ event: "text", connectionId, gateway, memo, text });
      if (known !== undefined) this.#known = known;
      await this.send(texts.map((one) => new WireText(one)));
      if (close !== undefined) this.close(close.code, close.reason);
    } catch (fault) {
      report(fault);
    }
  }
}
