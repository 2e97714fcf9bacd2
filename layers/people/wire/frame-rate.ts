import type { ErrorTold } from "./server-frame.ts";

/** How fast one client may speak, and for how long it may be faster. */
export interface FrameRateLimits {
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** Frames that were dropped in a row; with one more the connection ends. */
  readonly framesDroppedMax: number;
}

/** Source: the Frontend Router's validation. */
export const FRAME_RATE: FrameRateLimits = { framesPerSecond: 50, frameBurst: 100, framesDroppedMax: 100 };

/** What is `dropped` changes nothing; of the first in a second the client is `told`. After too many in a row it is a `flood`, and ends. */
export type FrameVerdict = "taken" | "told" | "dropped" | "flood";

/** How fast one client speaks: a bucket of tokens, and how often it was found empty since there was one. */
export class FrameRate {
  #tokens: number;
  #refilledAtMs: number;
  #droppedCount = 0;
  #toldAtMs = 0;

  constructor({ frameBurst }: FrameRateLimits, nowMs: number) {
    this.#tokens = frameBurst;
    this.#refilledAtMs = nowMs;
  }

  /** One frame, of whatever kind. */
  take({ framesPerSecond, frameBurst, framesDroppedMax }: FrameRateLimits, nowMs: number): FrameVerdict {
    const elapsedSeconds = Math.max(0, nowMs - this.#refilledAtMs) / 1_000;
    this.#tokens = Math.min(frameBurst, this.#tokens + elapsedSeconds * framesPerSecond);
    this.#refilledAtMs = nowMs;
    if (this.#tokens < 1) return ++this.#droppedCount > framesDroppedMax ? "flood" : this.#dropped(nowMs);
    this.#tokens -= 1;
    if (this.#tokens >= 1) this.#droppedCount = 0;
    return "taken";
  }

  #dropped(nowMs: number): FrameVerdict {
    if (nowMs - this.#toldAtMs < TOLD_AGAIN_AFTER_MS) return "dropped";
    this.#toldAtMs = nowMs;
    return "told";
  }
}

/** That it is too fast a client is told once a second, however fast it is. */
const TOLD_AGAIN_AFTER_MS = 1_000;

/** What it is told: that it may go on, or why it has ended. */
export function tooFast({ framesPerSecond }: FrameRateLimits, verdict: "told" | "flood"): ErrorTold {
  const told = { code: "frames_too_fast", message: `at most ${framesPerSecond} frames a second` };
  return verdict === "flood" ? told : { ...told, retryAfterSeconds: 1 };
}
