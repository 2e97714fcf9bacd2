/** How often values came up to each of some bounds, and what they add up to. */
export class Distribution {
  /** Rising. */
  readonly bounds: readonly number[];
  /** Of each bound's own: values up to it and over the one before. The last is of those over all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  get sum(): number {
    return this.#sum;
  }

  /**
   * One that is no number is let be.
   *
   * @param times as if it was told so often.
   */
  observe(value: number, times = 1): void {
    if (Number.isNaN(value) || !(times > 0)) return;
    const { length } = this.bounds;
    let index = 0;
    while (index < length && value > (this.bounds[index] ?? Number.POSITIVE_INFINITY)) index++;
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
    this.#sum += value * times;
  }

  /** Of values up to each bound, and at last of all. */
  cumulative(): readonly number[] {
    let count = 0;
    return this.#counts.map((own) => {
      count += own;
      return count;
    });
  }
}
