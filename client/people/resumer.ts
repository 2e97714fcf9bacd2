import { RESUME_RETRY_MS, RESUME_TIMEOUT_MS } from "./limits.ts";
import type { PeopleClock } from "./parts.ts";
import type { Positions } from "./positions.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame, Resumed } from "./wire.ts";

/** Asks for what is missing until nothing is, for each channel once at a time. */
export class Resumer {
  readonly #positions: Positions;
  readonly #send: (frame: ClientFrame) => boolean;
  /** Each with the number after which it was asked for. */
  readonly #asked = new Map<string, number>();
  readonly #later: Timer;
  readonly #patience: Timer;

  constructor(clock: PeopleClock, positions: Positions, send: (frame: ClientFrame) => boolean) {
    this.#positions = positions;
    this.#send = send;
    this.#later = new Timer(clock, () => this.askMissing());
    this.#patience = new Timer(clock, () => this.restart());
  }

  ask(channels: readonly string[]): void {
    const fresh = channels.filter((channel) => !this.#asked.has(channel));
    const after = this.#positions.after(fresh);
    if (Object.keys(after).length > 0 && this.#send({ type: "resume", after })) this.expect(after);
  }

  /** What comes after these was asked for. */
  expect(after: Readonly<Record<string, number>>): void {
    for (const [channel, seq] of Object.entries(after)) this.#asked.set(channel, seq);
    if (this.#asked.size > 0) this.#patience.set(RESUME_TIMEOUT_MS);
  }

  /** Whatever comes after this is asked for at once; what was not brought on by it, only later. */
  resumed(channels: ReadonlyMap<string, Resumed>): void {
    const further: string[] = [];
    for (const [channel, told] of channels) {
      this.#positions.resumed(channel, told);
      if (told.isPart) continue;
      const isFurther = told.seq > (this.#asked.get(channel) ?? Number.POSITIVE_INFINITY);
      this.#asked.delete(channel);
      if (!this.#positions.isBehind(channel)) continue;
      if (isFurther) further.push(channel);
      else this.#later.set(RESUME_RETRY_MS);
    }
    if (this.#asked.size === 0) this.#patience.clear();
    this.ask(further);
  }

  askMissing(): void {
    this.ask(this.#positions.channels.filter((channel) => this.#positions.isBehind(channel)));
  }

  /** The server would not answer now. */
  retryLater(afterMs = RESUME_RETRY_MS): void {
    this.#asked.clear();
    this.#patience.clear();
    this.#later.set(afterMs);
  }

  /** What was asked before is not answered any more. */
  restart(): void {
    this.stop();
    this.askMissing();
  }

  stop(): void {
    this.#asked.clear();
    this.#later.clear();
    this.#patience.clear();
  }
}
