import type { Clock } from "../../core/ports/clock.ts";
import { Roster } from "../../core/roster.ts";
import { WATCH_INTERVAL_MS } from "../limits.ts";

export interface Watched {
  look(nowMs: number): void;
}

/**
 * Looks at the running calls every {@link WATCH_INTERVAL_MS}: one timer for all of them, none while none runs.
 * A timer, an abort controller and a listener for each call would cost more than a small tool does.
 */
export class CallWatch {
  readonly #clock: Clock;
  readonly #watched = new Roster<Watched>();
  #isLooking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#keepLooking();
  }

  remove(watched: Watched): void {
    this.#watched.remove(watched);
  }

  async #keepLooking(): Promise<void> {
    while (this.#watched.size > 0) {
      await this.#clock.sleep(WATCH_INTERVAL_MS);
      const nowMs = this.#clock.nowMs();
      for (const watched of this.#watched) watched.look(nowMs);
    }
    this.#isLooking = false;
  }
}
