import { Count } from "./count.ts";
import { Distribution } from "./distribution.ts";
import { labelText, Series } from "./series.ts";

export interface MetricName {
  /** As Prometheus names metrics: units are the last word, and of what only rises `total` is. */
  readonly name: string;
  readonly help: string;
  /** Never one by which a tenant or a person could be told. */
  readonly labels?: readonly string[];
}

/** What is looked at when it is asked for, in place of being counted. */
export interface Reading extends Omit<MetricName, "labels"> {
  readonly type: "counter" | "gauge";
  /** Left out, it is one number. */
  readonly label?: string;
}

/** By the values of the label; without one, under any key. */
export type Readings = Iterable<readonly [labelValue: string, value: number]>;

/**
 * What a process has counted since its start, as a scraper takes it.
 *
 * Not promised: anything of other processes, or of this one before it started.
 */
export class Metrics {
  readonly #told: (() => string)[] = [];

  /** Each of its series counts from nothing. */
  counter(named: MetricName): Series<Count> {
    const series = new Series(named.labels ?? [], () => new Count());
    this.#told.push(() => {
      const lines = [...series.entries()].map(([labels, { total }]) => sample(named.name, labels, total));
      return text(named, "counter", lines);
    });
    return series;
  }

  /** @param bounds rising: values up to each are counted. */
  histogram(named: MetricName, bounds: readonly number[]): Series<Distribution> {
    const series = new Series(named.labels ?? [], () => new Distribution(bounds));
    this.#told.push(() => {
      const lines = [...series.entries()].flatMap(([labels, cell]) => buckets(named.name, labels, cell));
      return text(named, "histogram", lines);
    });
    return series;
  }

  read(reading: Reading, read: () => Readings): void {
    const { name, type, label } = reading;
    this.#told.push(() => {
      const lines = [...read()].map(([value, number]) =>
        sample(name, label === undefined ? "" : labelText([label], [value]), number),
      );
      return text(reading, type, lines);
    });
  }

  /** In the text-based format 0.0.4 of Prometheus, "Exposition formats" (read 2026-11-21). */
  exposition(): string {
    return this.#told.map((told) => told()).join("");
  }
}

/** The type to send {@link Metrics.exposition} as. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function text({ name, help }: Pick<MetricName, "name" | "help">, type: string, lines: readonly string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function sample(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

function buckets(name: string, labels: string, cell: Distribution): readonly string[] {
  const cumulative = cell.cumulative();
  const before = labels === "" ? "" : `${labels},`;
  const lines = cumulative.map((count, index) =>
    sample(`${name}_bucket`, `${before}le="${cell.bounds[index] ?? "+Inf"}"`, count),
  );
  return [...lines, sample(`${name}_sum`, labels, cell.sum), sample(`${name}_count`, labels, cumulative.at(-1) ?? 0)];
}
