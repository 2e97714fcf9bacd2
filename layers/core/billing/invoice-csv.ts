import { type CsvCell, csv } from "./csv.ts";
import type { Invoice } from "./invoice.ts";
import { lineTitle, unitWords } from "./line-words.ts";
import { microsDecimal } from "./money.ts";

const COLUMNS = [
  "invoice",
  "status",
  "tenant",
  "tenant_name",
  "month",
  "first_day",
  "last_day",
  "plan",
  "kind",
  "title",
  "quantity",
  "price",
  "price_per",
  "price_per_quantity",
  "amount",
  "currency",
];

/** A row for each tier of each line, then the rounding and the total. The amounts of the rows before add up to it. */
export function invoiceCsv(invoice: Invoice): string {
  const start: readonly CsvCell[] = [
    invoice.number ?? "",
    invoice.status,
    invoice.tenantId,
    invoice.tenantName,
    invoice.month,
  ];
  const tiers = invoice.lines.flatMap((line) =>
    line.tiers.map(({ quantity, unitMicros, amountMicros }) => [
      ...start,
      line.firstDay,
      line.lastDay,
      line.plan,
      line.kind,
      lineTitle(line),
      quantity,
      decimal(unitMicros),
      unitWords(line),
      line.unitSize,
      decimal(amountMicros),
      invoice.currency,
    ]),
  );
  return csv(COLUMNS, [
    ...tiers,
    ending(invoice, start, { kind: "rounding", title: "Rounding", micros: invoice.roundingMicros }),
    ending(invoice, start, { kind: "total", title: "Total", micros: invoice.sumMicros + invoice.roundingMicros }),
  ]);
}

function ending(
  { currency }: Invoice,
  start: readonly CsvCell[],
  { kind, title, micros }: { readonly kind: string; readonly title: string; readonly micros: number },
): readonly CsvCell[] {
  return [...start, "", "", "", kind, title, "", "", "", "", decimal(micros), currency];
}

/** In the currency itself. A double holds every amount up to nine thousand million to the millionth. */
const decimal = (micros: number): number => Number(microsDecimal(micros).replace("−", "-"));
