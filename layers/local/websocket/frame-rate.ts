import type { WebSocketLimits } from "./limits.ts";

/** `dropped` is told to the client; after too many in a row it is a `flood`, and ends. */
export type FrameVerdict = "taken" | "dropped" | "flood";

/** How fast one client speaks: a bucket of tokens, and how often it was found empty since there was one. */
export class FrameRate {
  #tokens: number;
  #refilledAtMs: number;
  #droppedCount = 0;

  constructor({ frameBurst }: WebSocketLimits, nowMs: number) {
    this.#tokens = frameBurst;
    this.#refilledAtMs = nowMs;
  }

  /** One frame, of whatever kind. */
  take({ framesPerSecond, frameBurst, framesDroppedMax }: WebSocketLimits, nowMs: number): FrameVerdict {
    const elapsedSeconds = Math.max(0, nowMs - this.#refilledAtMs) / 1_000;
    this.#tokens = Math.min(frameBurst, this.#tokens + elapsedSeconds * framesPerSecond);
    this.#refilledAtMs = nowMs;
    if (this.#tokens < 1) return ++this.#droppedCount > framesDroppedMax ? "flood" : "dropped";
    this.#tokens -= 1;
    if (this.#tokens >= 1) this.#droppedCount = 0;
    return "taken";
  }
}
