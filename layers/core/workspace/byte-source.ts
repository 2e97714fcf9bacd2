/** Bytes as they come, to be taken in pieces of any length. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** At least one and at most so many; undefined at the end. */
  async some(countMax: number): Promise<Uint8Array | undefined> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const some = this.#rest.subarray(0, countMax);
    this.#rest = this.#rest.subarray(some.byteLength);
    return some;
  }

  /** Exactly so many; undefined where there are fewer. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const next = await this.some(count - filled);
      if (next === undefined) return undefined;
      taken.set(next, filled);
      filled += next.byteLength;
    }
    return taken;
  }

  /** Lets go of where the bytes come from. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
