import {
  ASSUMED_PROCESSES,
  EMPTY_TRUST_MS_MAX,
  FAULT_TRUST_MS,
  HELD_BURST_SHARE_MAX,
  LEASE_LIFETIME_MS,
  NEED_WINDOW_MS,
  PLENTY_BURST_SHARE_MIN,
  PLENTY_FILL_SHARE_MIN,
  PLENTY_WINDOWS_AHEAD,
  REFILL_SHARE,
  SCARCE_WINDOWS_AHEAD,
} from "./limits.ts";
import { type Bucket, type BucketShape, clockAheadMicros, tokensIn } from "./token-bucket.ts";

const MILLI = 1_000;
/** At a token a second or more the next one is never further away. */
const QUIET_MS_MAX = Math.max(MILLI, EMPTY_TRUST_MS_MAX, FAULT_TRUST_MS);

/** The tokens of one tenant that this process has taken ahead, and how fast it spends them. */
export class RateLease {
  held = 0;
  /** The taking that is under way. */
  taking: Promise<void> | undefined;
  isTableAway = false;
  /** As this process saw it last. */
  seen: Bucket | undefined;
  #quietUntilMs = 0;
  #aheadMicros = 0;
  #refillBelow = 0;
  #expiresAtMs = 0;
  #windowAtMs = 0;
  #windowCalls = 0;
  #callsBefore = 0;
  #localTokens = Number.POSITIVE_INFINITY;
  #localAtMs = 0;

  /** Notes a call, so that the next lease fits the need. */
  count(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowAtMs;
    if (elapsedMs >= NEED_WINDOW_MS || elapsedMs < 0) {
      this.#callsBefore = elapsedMs >= 0 && elapsedMs < 2 * NEED_WINDOW_MS ? this.#windowCalls : 0;
      this.#windowCalls = 0;
      this.#windowAtMs = nowMs;
    }
    this.#windowCalls += 1;
  }

  /** Spends one token, when there is one. */
  spend(nowMs: number): boolean {
    if (nowMs >= this.#expiresAtMs) this.held = 0;
    if (this.held < 1) return false;
    this.held -= 1;
    return true;
  }

  /** What is left unused, which is then no longer this lease's. */
  letGo(nowMs: number): number {
    const left = nowMs < this.#expiresAtMs ? this.held : 0;
    this.held = 0;
    return left;
  }

  /** Whether it is time to take more, before calls have to wait for it. */
  mayTakeAhead(nowMs: number): boolean {
    return this.held < this.#refillBelow && this.taking === undefined && this.quietMs(nowMs) === 0;
  }

  /** How long the table is let be: the bucket is empty, or the table is away. A clock that was set back ends it. */
  quietMs(nowMs: number): number {
    const leftMs = this.#quietUntilMs - nowMs;
    return leftMs > 0 && leftMs <= QUIET_MS_MAX ? leftMs : 0;
  }

  /** How many to take now: what is needed lately, so that all that is held is within its bound. */
  wanted(shape: BucketShape, nowMs: number): number {
    const { burst } = shape;
    const isPlenty = this.leftInBucket(shape, nowMs) >= burst * PLENTY_FILL_SHARE_MIN;
    const least = isPlenty ? Math.floor(burst * PLENTY_BURST_SHARE_MIN) : 1;
    const windowsAhead = isPlenty ? PLENTY_WINDOWS_AHEAD : SCARCE_WINDOWS_AHEAD;
    const need = Math.max(least, windowsAhead * Math.max(this.#callsBefore, this.#windowCalls));
    return Math.max(1, Math.min(need, heldMax(burst)) - this.held);
  }

  grant(tokens: number, nowMs: number): void {
    this.isTableAway = false;
    this.held += tokens;
    this.#refillBelow = this.held * REFILL_SHARE;
    this.#expiresAtMs = nowMs + LEASE_LIFETIME_MS;
  }

  /**
   * Also for who has taken the last of it. The bucket is let be until its next token is there, and for a while where
   * processes would fight for single tokens: for a second, or until half of what a process may hold has come.
   */
  foundEmpty(nextTokenMs: number, { perSecond, burst }: BucketShape, nowMs: number): void {
    this.isTableAway = false;
    const halfHeldMs = ((heldMax(burst) / 2) * MILLI) / perSecond;
    this.#quietUntilMs = nowMs + Math.max(nextTokenMs, Math.min(EMPTY_TRUST_MS_MAX, halfHeldMs));
  }

  tableFailed(nowMs: number): void {
    this.isTableAway = true;
    this.#quietUntilMs = nowMs + FAULT_TRUST_MS;
  }

  /** Spends from a bucket of this process alone, that has its share of the rate and of the burst. */
  spendLocally({ perSecond, burst }: BucketShape, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#localAtMs);
    const come = (elapsedMs * perSecond) / ASSUMED_PROCESSES / MILLI;
    this.#localTokens = Math.min(Math.max(1, burst / ASSUMED_PROCESSES), this.#localTokens + come);
    this.#localAtMs = nowMs;
    if (this.#localTokens < 1) return false;
    this.#localTokens -= 1;
    return true;
  }

  /** To be told again what was seen, when time has passed: the clock may have been set back. */
  sees(bucket: Bucket | undefined, shape: BucketShape, nowMs: number): void {
    this.seen = bucket;
    if (bucket === undefined) return;
    this.#aheadMicros += clockAheadMicros(bucket, shape, this.bucketTimeMicros(nowMs));
  }

  /** As far as this process knows. */
  leftInBucket(shape: BucketShape, nowMs: number): number {
    return tokensIn(this.seen, shape, this.bucketTimeMicros(nowMs));
  }

  /**
   * The time by the bucket's own clock: that of the process that is furthest ahead. Were it each process's own, one that
   * is ahead would find the bucket full again and again, and one that is behind would find it empty for hours.
   */
  bucketTimeMicros(nowMs: number): number {
    return nowMs * MILLI + this.#aheadMicros;
  }
}

/** What a process holds at most. */
function heldMax(burst: number): number {
  return Math.max(1, Math.floor(burst * HELD_BURST_SHARE_MAX));
}
