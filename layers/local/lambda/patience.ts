import type { Clock } from "../../core/ports/clock.ts";

/** A front door has waited for as long as it does; the function goes on. */
export class PatienceOver extends Error {
  readonly code = "patience_over";
  constructor() {
    super("the function took longer than its front door waits");
    this.name = "PatienceOver";
  }
}

/** How long a front door waits for one reply: for each piece of it, and in all from now on. */
export class Patience {
  readonly #clock: Clock;
  readonly #endsAtMs: number;
  readonly #eachMs: number;

  constructor(clock: Clock, { inAllMs, eachMs = inAllMs }: { readonly inAllMs: number; readonly eachMs?: number }) {
    this.#clock = clock;
    this.#endsAtMs = clock.nowMs() + inAllMs;
    this.#eachMs = eachMs;
  }

  /** @throws {PatienceOver} when it takes too long. */
  async waitFor<Piece>(coming: Promise<Piece>): Promise<Piece> {
    const come = new AbortController();
    const waitMs = Math.max(0, Math.min(this.#eachMs, this.#endsAtMs - this.#clock.nowMs()));
    const over = this.#clock.sleep(waitMs, come.signal).then(() => {
      throw new PatienceOver();
    });
    try {
      return await Promise.race([coming, over]);
    } finally {
      over.catch(() => {});
      come.abort();
    }
  }
}
