import { ASK_TIMEOUT_MS } from "./limits.ts";
import type { PeopleClock } from "./parts.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame } from "./wire.ts";

export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: { readonly code: string; readonly message: string } };

interface Waiting<T> {
  readonly frame: ClientFrame;
  readonly resolve: (asked: Asked<T>) => void;
  readonly patience: Timer;
}

const NO_ANSWER = { code: "no_answer", message: "the server did not answer in time" };
const STOPPED = { code: "stopped", message: "the client was stopped" };

/**
 * Questions of a client's to its server, which answers those of one key in their order. They outlive connections, and end
 * with an answer, a refusal, or after a time. The frames of one key are sent one after the other.
 */
export class Asks<T> {
  readonly #clock: PeopleClock;
  readonly #send: (frame: ClientFrame) => boolean;
  readonly #waiting = new Map<string, Waiting<T>[]>();

  constructor(clock: PeopleClock, send: (frame: ClientFrame) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  ask(key: string, frame: ClientFrame): Promise<Asked<T>> {
    return new Promise((resolve) => {
      const patience = new Timer(this.#clock, () => this.#settle(key, waiting, { ok: false, problem: NO_ANSWER }));
      const waiting: Waiting<T> = { frame, resolve, patience };
      patience.set(ASK_TIMEOUT_MS);
      const queue = this.#waiting.get(key) ?? [];
      this.#waiting.set(key, [...queue, waiting]);
      if (queue.length === 0) this.#send(frame);
    });
  }

  answered(key: string, value: T): void {
    this.#settle(key, this.#waiting.get(key)?.[0], { ok: true, value });
  }

  refused(key: string, problem: { readonly code: string; readonly message: string }): void {
    this.#settle(key, this.#waiting.get(key)?.[0], { ok: false, problem });
  }

  connected(): void {
    for (const [first] of this.#waiting.values()) if (first !== undefined) this.#send(first.frame);
  }

  stop(): void {
    for (const [key, queue] of [...this.#waiting]) {
      for (const waiting of queue) this.#settle(key, waiting, { ok: false, problem: STOPPED });
    }
  }

  #settle(key: string, waiting: Waiting<T> | undefined, asked: Asked<T>): void {
    const queue = this.#waiting.get(key) ?? [];
    if (waiting === undefined || !queue.includes(waiting)) return;
    const wasFirst = queue[0] === waiting;
    const rest = queue.filter((other) => other !== waiting);
    if (rest.length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, rest);
    waiting.patience.clear();
    waiting.resolve(asked);
    const [next] = rest;
    if (wasFirst && next !== undefined) this.#send(next.frame);
  }
}
