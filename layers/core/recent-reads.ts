import type { Clock } from "./ports/clock.ts";

export interface RecentReadsOptions<Key, Value> {
  readonly read: (key: Key) => Promise<Value>;
  readonly clock: Clock;
  /** So old an answer may be before it is read again, while it is still given. */
  readonly freshMs: number;
  /** So old an answer may be at all: past it, who asks waits for a new one. */
  readonly staleMsMax: number;
  readonly entriesMax: number;
}

interface Known<Value> {
  readonly value: Value;
  /** When the read was sent: what it answered may be as old as that. */
  readonly readAtEpochMs: number;
}

interface Reading<Value> {
  readonly startedAtEpochMs: number;
  readonly answer: Promise<Value>;
}

/**
 * What was read lately, so that most calls wait for nothing: one read a key is on its way at a time. Where the store fails,
 * nobody waits as long as the old answer is young enough; after that the askers fail with it.
 */
export class RecentReads<Key, Value> {
  readonly #options: RecentReadsOptions<Key, Value>;
  /** The least recently read first. */
  readonly #known = new Map<Key, Known<Value>>();
  readonly #reading = new Map<Key, Reading<Value>>();

  constructor(options: RecentReadsOptions<Key, Value>) {
    this.#options = options;
  }

  /**
   * At once where the answer is young enough.
   *
   * @throws what the read throws.
   */
  get(key: Key): Value | Promise<Value> {
    const { clock, freshMs, staleMsMax } = this.#options;
    const known = this.#known.get(key);
    const ageMs = clock.nowMs() - (known?.readAtEpochMs ?? 0);
    if (known === undefined || ageMs < 0 || ageMs > staleMsMax) return this.#readAgain(key);
    // A refresh that fails is tried again by the next who asks, and told to the first that can't go on without it.
    if (ageMs > freshMs) this.#readAgain(key).catch(() => {});
    return known.value;
  }

  /**
   * For who may not be answered by what is known, or not as fast: a read that is on its way counts as one. Others go on
   * with what is known.
   *
   * @throws what the read throws.
   */
  readAnew(key: Key): Promise<Value> {
    return this.#readAgain(key);
  }

  /** What was known of it last, however long ago. */
  recall(key: Key): Value | undefined {
    return this.#known.get(key)?.value;
  }

  /** What is known of it is so by now; that makes it no younger. */
  amend(key: Key, value: Value): void {
    const known = this.#known.get(key);
    if (known !== undefined) this.#known.set(key, { ...known, value });
  }

  /** It was changed in this process: what is known of it, or was asked before, no longer counts. */
  forget(key: Key): void {
    this.#known.delete(key);
    this.#reading.delete(key);
  }

  /** One that began too long ago (its process was frozen) is left to itself. */
  #readAgain(key: Key): Promise<Value> {
    const { clock, read, staleMsMax } = this.#options;
    const nowMs = clock.nowMs();
    const reading = this.#reading.get(key);
    const ageMs = nowMs - (reading?.startedAtEpochMs ?? 0);
    if (reading !== undefined && ageMs >= 0 && ageMs <= staleMsMax) return reading.answer;
    const started = { startedAtEpochMs: nowMs, answer: read(key) };
    this.#reading.set(key, started);
    void this.#keep(key, started);
    return started.answer;
  }

  async #keep(key: Key, reading: Reading<Value>): Promise<void> {
    try {
      const value = await reading.answer;
      if (this.#reading.get(key) !== reading) return;
      this.#known.delete(key);
      this.#known.set(key, { value, readAtEpochMs: reading.startedAtEpochMs });
      const [oldest] = this.#known.keys();
      if (this.#known.size > this.#options.entriesMax && oldest !== undefined) this.#known.delete(oldest);
    } catch {
      // Whoever waits for the answer gets the fault itself.
    } finally {
      if (this.#reading.get(key) === reading) this.#reading.delete(key);
    }
  }
}
