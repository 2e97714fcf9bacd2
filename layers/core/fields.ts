/**
 * Reads the fields of an object, or of a list by their places, that comes from outside. What is wrong is noted by its name,
 * and something of its kind is given in its stead: who has read all that is needed looks at {@link wrong}, and drops what was
 * read where anything is there.
 *
 * For the few things that every process reads before its first answer. A schema says the same in fewer words; but it is made
 * and compiled at its first use, and a cold function took as long for two of them as for all of its own work.
 */
export class Fields {
  /** The names of the fields that are not what they were read as, each after those that it lies in. */
  readonly wrong: string[];
  /** What is missing in something that is missing is not told as well. */
  readonly #noted: string[];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #place: string;

  constructor(
    raw: unknown,
    { place, wrong }: { readonly place: string; readonly wrong: string[] } = { place: "", wrong: [] },
  ) {
    const isObject = typeof raw === "object" && raw !== null;
    if (!isObject) wrong.push(place === "" ? "(the whole)" : place);
    this.wrong = wrong;
    this.#noted = isObject ? wrong : [];
    this.#place = place;
    this.#values = { ...Object(raw) };
  }

  /** Whether it is there and not null. */
  has(name: string): boolean {
    return (this.#values[name] ?? undefined) !== undefined;
  }

  is(name: string, value: string): boolean {
    return this.#values[name] === value;
  }

  text(name: string, { lengthMin = 0 }: { readonly lengthMin?: number } = {}): string {
    const value = this.#values[name];
    if (typeof value === "string" && value.length >= lengthMin) return value;
    return this.#instead(name, "");
  }

  /** A whole number. */
  count(name: string, { min = 0 }: { readonly min?: number } = {}): number {
    const value = this.#values[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    return this.#instead(name, min);
  }

  flag(name: string): boolean {
    const value = this.#values[name];
    return typeof value === "boolean" ? value : this.#instead(name, false);
  }

  oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const value = this.#values[name];
    return words.find((word) => word === value) ?? this.#instead(name, words[0]);
  }

  texts(name: string): readonly string[] {
    return this.list(name, (items, place) => items.text(place));
  }

  /** @param read takes what lies at each place of the list. */
  list<Item>(name: string, read: (items: Fields, place: string) => Item): readonly Item[] {
    if (!Array.isArray(this.#values[name])) return this.#instead(name, []);
    const items = this.within(name);
    return items.#names().map((place) => read(items, place));
  }

  /** @param read takes what lies under each name. */
  byName<Item>(name: string, read: (items: Fields, name: string) => Item): Readonly<Record<string, Item>> {
    if (Array.isArray(this.#values[name])) return this.#instead(name, {});
    const items = this.within(name);
    return Object.fromEntries(items.#names().map((each) => [each, read(items, each)]));
  }

  within(name: string): Fields {
    return new Fields(this.#values[name], { place: this.#placeOf(name), wrong: this.#noted });
  }

  /** Nobody takes a prototype from outside. */
  #names(): readonly string[] {
    return Object.keys(this.#values).filter((name) => name !== "__proto__");
  }

  #instead<Value>(name: string, value: Value): Value {
    this.#noted.push(this.#placeOf(name));
    return value;
  }

  #placeOf(name: string): string {
    return this.#place === "" ? name : `${this.#place}.${name}`;
  }
}
