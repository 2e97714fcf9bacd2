/** A number that only rises. */
export class Count {
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @param amount none that is negative, or no number. */
  add(amount = 1): void {
    if (amount > 0) this.#total += amount;
  }
}
