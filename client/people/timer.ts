import type { PeopleClock } from "./parts.ts";

/** Does one thing later, at the time that was set last. */
export class Timer {
  readonly #clock: PeopleClock;
  readonly #run: () => void;
  #waiting: AbortController | undefined;

  constructor(clock: PeopleClock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  get isSet(): boolean {
    return this.#waiting !== undefined;
  }

  set(durationMs: number): void {
    this.clear();
    const waiting = new AbortController();
    this.#waiting = waiting;
    void this.#clock.sleep(durationMs, waiting.signal).then(() => {
      if (waiting.signal.aborted) return;
      this.#waiting = undefined;
      this.#run();
    });
  }

  clear(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
  }
}
