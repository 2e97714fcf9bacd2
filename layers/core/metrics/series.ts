import { LABEL_CHARACTERS_MAX, SERIES_MAX } from "./limits.ts";

/** What stands for the values of labels that came too late to be told apart. */
export const OTHER = "other";

/**
 * One cell for each combination of values of a metric's labels, up to a limit; what comes beyond it shares a cell. A cell stays
 * what it is: whoever counts often keeps it.
 */
export class Series<Cell> {
  readonly #labels: readonly string[];
  readonly #make: () => Cell;
  /** By their labels as they are written out. */
  readonly #cells = new Map<string, Cell>();

  constructor(labels: readonly string[], make: () => Cell) {
    this.#labels = labels;
    this.#make = make;
    if (labels.length === 0) this.of([]);
  }

  /** @param values one for each label, in their order. */
  of(values: readonly string[]): Cell {
    const labels = labelText(this.#labels, values);
    const known = this.#cells.get(labels);
    if (known !== undefined) return known;
    if (this.#cells.size < SERIES_MAX) return this.#add(labels);
    const others = labelText(
      this.#labels,
      this.#labels.map(() => OTHER),
    );
    return this.#cells.get(others) ?? this.#add(others);
  }

  /** With the labels as they stand between the braces of a sample. */
  entries(): Iterable<readonly [labels: string, cell: Cell]> {
    return this.#cells.entries();
  }

  #add(labels: string): Cell {
    const cell = this.#make();
    this.#cells.set(labels, cell);
    return cell;
  }
}

/** Source: Prometheus, "Exposition formats", text-based format, comments and escaping (read 2026-11-21). */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = "";
  for (const [index, name] of names.entries()) {
    text += `${index === 0 ? "" : ","}${name}="${escaped(values[index] ?? "")}"`;
  }
  return text;
}

/** What nearly all values are, and what is written out as it is. */
const PLAIN = new RegExp(`^[\\w ./:{}*-]{0,${LABEL_CHARACTERS_MAX}}$`);

function escaped(value: string): string {
  if (PLAIN.test(value)) return value;
  const clipped = value.slice(0, LABEL_CHARACTERS_MAX).toWellFormed();
  return clipped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
