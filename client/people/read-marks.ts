import { ACK_INTERVAL_MS } from "./limits.ts";
import type { PeopleClock } from "./parts.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame } from "./wire.ts";

/** Tells the server how far somebody has read: soon, at most once in {@link ACK_INTERVAL_MS}, and no number twice. */
export class ReadMarks {
  readonly #send: (frame: ClientFrame) => boolean;
  readonly #pending = new Map<string, number>();
  readonly #told = new Map<string, number>();
  readonly #pause: Timer;

  constructor(clock: PeopleClock, send: (frame: ClientFrame) => boolean) {
    this.#send = send;
    this.#pause = new Timer(clock, () => this.flush());
  }

  read(channel: string, seq: number): void {
    const known = Math.max(this.#told.get(channel) ?? 0, this.#pending.get(channel) ?? 0);
    if (seq <= known) return;
    this.#pending.set(channel, seq);
    if (!this.#pause.isSet) this.flush();
  }

  /** What can't be told now is told once there is a connection. */
  flush(): void {
    if (this.#pending.size === 0) return;
    for (const [channel, seq] of this.#pending) {
      if (!this.#send({ type: "ack", channel, seq })) return;
      this.#pending.delete(channel);
      this.#told.set(channel, seq);
    }
    this.#pause.set(ACK_INTERVAL_MS);
  }

  stop(): void {
    this.#pause.clear();
  }
}
