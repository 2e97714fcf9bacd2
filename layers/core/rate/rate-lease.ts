import type { Item } from "../ports/table.ts";
import {
  BATCH_BURST_SHARE_MAX,
  BATCH_BURST_SHARE_MIN,
  LEASE_LIFETIME_MS,
  NEED_WINDOW_MS,
  REFILL_SHARE,
  WINDOWS_AHEAD,
} from "./limits.ts";
import type { BucketShape } from "./token-bucket.ts";

/** The tokens of one tenant that this process has taken ahead, and how fast it spends them. */
export class RateLease {
  held = 0;
  /** Of the bucket, when it was last seen. */
  leftInBucket = 0;
  /** Until then the bucket is taken for empty. */
  emptyUntilMs = 0;
  /** When the first whole token is there again. */
  nextTokenAtMs = 0;
  /** The bucket as this process saw it last, so that an undisturbed one is not read again. */
  seen: Item | undefined;
  /** The taking that is under way. */
  taking: Promise<void> | undefined;
  #batch = 1;
  #expiresAtMs = 0;
  #windowAtMs = 0;
  #windowCalls = 0;
  #callsBefore = 0;

  /** Spends one token, when there is one. */
  spend(nowMs: number): boolean {
    this.#count(nowMs);
    if (nowMs >= this.#expiresAtMs) this.held = 0;
    if (this.held < 1) return false;
    this.held -= 1;
    return true;
  }

  get isLow(): boolean {
    return this.held <= this.#batch * REFILL_SHARE;
  }

  /** How many to take now: what is needed lately, within the bounds of a batch. */
  wanted({ burst }: BucketShape): number {
    const least = Math.max(1, Math.floor(burst * BATCH_BURST_SHARE_MIN));
    const most = Math.max(1, Math.floor(burst * BATCH_BURST_SHARE_MAX));
    return Math.min(most, Math.max(least, WINDOWS_AHEAD * Math.max(this.#callsBefore, this.#windowCalls)));
  }

  grant(tokens: number, nowMs: number): void {
    this.held += tokens;
    this.#batch = this.held;
    this.#expiresAtMs = nowMs + LEASE_LIFETIME_MS;
  }

  #count(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowAtMs;
    if (elapsedMs >= NEED_WINDOW_MS) {
      this.#callsBefore = elapsedMs < 2 * NEED_WINDOW_MS ? this.#windowCalls : 0;
      this.#windowCalls = 0;
      this.#windowAtMs = nowMs;
    }
    this.#windowCalls += 1;
  }
}
