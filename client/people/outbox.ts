import { IN_FLIGHT_MAX, SENDS_PER_SECOND_MAX, UNSENT_MAX, UNSENT_RETRY_MS } from "./limits.ts";
import type { PeopleClock, Unsent } from "./parts.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame, ToldError } from "./wire.ts";

interface Entry {
  readonly unsent: Unsent;
  /** When it may be sent again; 0 where it is not on its way. */
  againAtEpochMs: number;
}

export interface OutboxParts {
  readonly clock: PeopleClock;
  /** False where nothing can be sent now. */
  readonly send: (frame: ClientFrame) => boolean;
  /** Whatever is in it has changed. */
  readonly changed: (unsent: readonly Unsent[]) => void;
}

/**
 * Answers and messages until the server has acknowledged them. What was on its way when a connection ended is sent again:
 * the server takes what it has stored before for the same.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #entries = new Map<string, Entry>();
  readonly #again: Timer;
  /** When the last of them were sent, no more than may be in a second. */
  readonly #sentAtEpochMs: number[] = [];

  constructor(parts: OutboxParts, unsent: readonly Unsent[]) {
    this.#parts = parts;
    this.#again = new Timer(parts.clock, () => this.#sendDue());
    for (const each of unsent.slice(0, UNSENT_MAX)) this.#entries.set(keyOf(each), { unsent: each, againAtEpochMs: 0 });
  }

  get unsent(): readonly Unsent[] {
    return [...this.#entries.values()].map((entry) => entry.unsent);
  }

  /** Of one question the last answer counts. @returns false where so many wait that there is no room. */
  put(unsent: Unsent): boolean {
    const key = keyOf(unsent);
    if (!this.#entries.has(key) && this.#entries.size >= UNSENT_MAX) return false;
    this.#entries.set(key, { unsent, againAtEpochMs: 0 });
    this.#parts.changed(this.unsent);
    this.#sendDue();
    return true;
  }

  /** A connection is there, on which nothing of this was sent. */
  connected(): void {
    for (const entry of this.#entries.values()) entry.againAtEpochMs = 0;
    this.#sendDue();
  }

  /** @returns undefined where it was not waited for. */
  acknowledged(kind: Unsent["kind"], ref: string): Unsent | undefined {
    const entry = this.#entries.get(`${kind} ${ref}`);
    if (entry === undefined) return undefined;
    this.#entries.delete(`${kind} ${ref}`);
    this.#parts.changed(this.unsent);
    this.#sendDue();
    return entry.unsent;
  }

  /** @returns what the server will not take; undefined where it may be tried again, or it is about nothing in here. */
  refused({ of, ref, retryAfterMs }: ToldError): Unsent | undefined {
    const kind = of === "user_response" ? "answer" : "message";
    const entry = ref === undefined ? undefined : this.#entries.get(`${kind} ${ref}`);
    if (entry === undefined || ref === undefined || (of !== "user_response" && of !== "message")) return undefined;
    if (retryAfterMs === undefined) return this.acknowledged(kind, ref);
    entry.againAtEpochMs = this.#parts.clock.nowMs() + retryAfterMs;
    this.#wakeForNext();
    return undefined;
  }

  /** What can't be sent on any connection is not kept. @returns which that is. */
  leaveOut(isUnfit: (unsent: Unsent) => boolean): readonly Unsent[] {
    const unfit = this.unsent.filter(isUnfit);
    for (const unsent of unfit) this.#entries.delete(keyOf(unsent));
    if (unfit.length > 0) this.#parts.changed(this.unsent);
    return unfit;
  }

  /** The server has left out what came too fast, and does not say which. */
  slowDown(retryAfterMs: number): void {
    const againAtEpochMs = this.#parts.clock.nowMs() + retryAfterMs;
    for (const entry of this.#entries.values()) if (entry.againAtEpochMs > 0) entry.againAtEpochMs = againAtEpochMs;
    this.#wakeForNext();
  }

  stop(): void {
    this.#again.clear();
  }

  #sendDue(): void {
    const nowEpochMs = this.#parts.clock.nowMs();
    let inFlight = [...this.#entries.values()].filter((entry) => entry.againAtEpochMs > nowEpochMs).length;
    for (const entry of this.#entries.values()) {
      if (entry.againAtEpochMs > nowEpochMs) continue;
      if (inFlight >= IN_FLIGHT_MAX || this.#roomAtEpochMs() > nowEpochMs) break;
      if (!this.#parts.send(frameOf(entry.unsent))) return;
      this.#sentAtEpochMs.push(nowEpochMs);
      this.#sentAtEpochMs.splice(0, this.#sentAtEpochMs.length - SENDS_PER_SECOND_MAX);
      entry.againAtEpochMs = nowEpochMs + UNSENT_RETRY_MS;
      inFlight++;
    }
    this.#wakeForNext();
  }

  /** When one more may be sent, as far as the rate goes. */
  #roomAtEpochMs(): number {
    const [oldest = 0] = this.#sentAtEpochMs;
    return this.#sentAtEpochMs.length < SENDS_PER_SECOND_MAX ? 0 : oldest + SECOND_MS;
  }

  #wakeForNext(): void {
    const nowEpochMs = this.#parts.clock.nowMs();
    const inFlight = [...this.#entries.values()].filter((entry) => entry.againAtEpochMs > nowEpochMs);
    const moments = inFlight.map((entry) => entry.againAtEpochMs);
    const isRoom = inFlight.length < IN_FLIGHT_MAX;
    if (isRoom && this.#entries.size > inFlight.length) moments.push(this.#roomAtEpochMs());
    if (moments.length === 0) this.#again.clear();
    else this.#again.set(Math.max(1, Math.min(...moments) - nowEpochMs));
  }
}

const SECOND_MS = 1_000;

export function frameOf(unsent: Unsent): ClientFrame {
  return unsent.kind === "answer"
    ? { type: "user_response", request_id: unsent.requestId, answer: unsent.answer }
    : { type: "message", to: unsent.to, body: unsent.body, id: unsent.id };
}

const keyOf = (unsent: Unsent): string => `${unsent.kind} ${unsent.kind === "answer" ? unsent.requestId : unsent.id}`;
