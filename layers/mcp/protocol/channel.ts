/** What one side writes and the other reads in order, until it is ended. Read by one reader. */
export class Channel implements AsyncIterable<string> {
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  push(chunk: string): void {
    if (this.#ended) return;
    this.#waiting.push(chunk);
    this.#waitingCharacters += chunk.length;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** What was written and not yet read. */
  get waitingCharacters(): number {
    return this.#waitingCharacters;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    while (true) {
      if (this.#waiting.length > 0) {
        const chunks = this.#waiting;
        this.#waiting = [];
        this.#waitingCharacters = 0;
        yield chunks.join("");
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
