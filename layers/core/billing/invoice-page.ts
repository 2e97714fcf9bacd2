import { dailyBars } from "./daily-bars.ts";
import { htmlText } from "./html.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";
import { INVOICE_STYLE } from "./invoice-style.ts";
import { lineTitle, quantityWords, unitWords } from "./line-words.ts";
import { alignedText, centsText, microsText } from "./money.ts";
import { dayOf, daysOfMonth } from "./month.ts";
import { PRICE_PLANS } from "./price-plans.ts";

/** An invoice as one page of HTML that needs nothing else, to be read on a screen and printed on A4. */
export function invoicePage(invoice: Invoice): string {
  const name = invoice.number === undefined ? `Preliminary invoice ${invoice.month}` : `Invoice ${invoice.number}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${htmlText(name)} – ${htmlText(invoice.tenantName)}</title>
<style>${INVOICE_STYLE}</style>
</head>
<body>
<main>
${heading(invoice)}
${facts(invoice)}
<h2>Calls by day</h2>
${dailyBars(invoice.daily)}
<h2>Charges</h2>
${charges(invoice)}
<footer>
<p>All times are in UTC. Each line is rounded to a millionth of a ${invoice.currency}, and their sum to a cent.
${ending(invoice)}</p>
</footer>
</main>
</body>
</html>
`;
}

function heading({ status, currency, totalCents }: Invoice): string {
  const title = status === "final" ? "Invoice" : 'Invoice <span class="mark">preliminary</span>';
  return `<header>
<div><p class="maker">Skein</p><h1>${title}</h1></div>
<p class="due"><span>${status === "final" ? "Total" : "So far"}</span> <strong>${currency} ${centsText(totalCents)}</strong></p>
</header>`;
}

function facts({ number, tenantId, tenantName, month, madeAtEpochMs }: Invoice): string {
  const days = daysOfMonth(month);
  const rows = [
    ["Billed to", tenantName],
    ["Tenant", tenantId],
    ["Period", `${days[0]} to ${days.at(-1)}`],
    ["Number", number ?? "given when the invoice is final"],
    [number === undefined ? "As of" : "Date", dayOf(madeAtEpochMs)],
  ] as const;
  return `<dl>\n${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${htmlText(value)}</dd></div>`).join("\n")}\n</dl>`;
}

function charges({ lines, currency, sumMicros, roundingMicros, totalCents }: Invoice): string {
  const plans = Map.groupBy(lines, ({ plan, firstDay }) => `${firstDay} ${plan}`);
  const bodies = [...plans.values()].map((ofPlan) => planRows(ofPlan, plans.size > 1));
  return `<table>
<thead><tr><th scope="col">What</th><th scope="col" class="number">Quantity</th><th scope="col" class="number">Price</th><th scope="col" class="number">${currency}</th></tr></thead>
${bodies.join("\n")}
<tfoot>
<tr><td colspan="3">Sum</td><td class="number">${alignedText(microsText(sumMicros))}</td></tr>
<tr><td colspan="3">Rounding to whole cents</td><td class="number">${alignedText(microsText(roundingMicros))}</td></tr>
<tr class="total"><td colspan="3">Total</td><td class="number">${alignedText(centsText(totalCents))}</td></tr>
</tfoot>
</table>`;
}

function planRows(lines: readonly InvoiceLine[], withDays: boolean): string {
  const [first] = lines;
  if (first === undefined) return "";
  const days = withDays ? ` <span class="days">${first.firstDay} to ${first.lastDay}</span>` : "";
  const title = `<tr class="plan"><th scope="rowgroup" colspan="4">${htmlText(PRICE_PLANS[first.plan].title)} plan${days}</th></tr>`;
  return `<tbody>\n${[title, ...lines.map(lineRows)].join("\n")}\n</tbody>`;
}

/** One row where one price holds; else the whole first, and each tier below it. */
function lineRows(line: InvoiceLine): string {
  const [only, ...others] = line.tiers;
  const quantity = quantityWords(line, line.quantity);
  const price = only !== undefined && others.length === 0 ? priceWords(line, only.unitMicros) : "";
  const whole = row({ title: lineTitle(line), quantity, price, amountMicros: line.amountMicros, className: "line" });
  if (others.length === 0) return whole;
  const tiers = line.tiers.map(({ quantity: inTier, unitMicros, amountMicros }) =>
    row({
      title: unitMicros === 0 ? "included" : "",
      quantity: quantityWords(line, inTier),
      price: priceWords(line, unitMicros),
      amountMicros,
      className: "tier",
    }),
  );
  return [whole, ...tiers].join("\n");
}

function priceWords(line: InvoiceLine, unitMicros: number): string {
  return unitMicros === 0 ? "–" : `${microsText(unitMicros)} per ${unitWords(line)}`;
}

function row(cells: {
  readonly title: string;
  readonly quantity: string;
  readonly price: string;
  readonly amountMicros: number;
  readonly className: "line" | "tier";
}): string {
  const { title, quantity, price, amountMicros, className } = cells;
  const amount = alignedText(microsText(amountMicros));
  return `<tr class="${className}"><td>${title}</td><td class="number">${quantity}</td><td class="number">${price}</td><td class="number">${amount}</td></tr>`;
}

function ending({ status }: Invoice): string {
  return status === "final"
    ? "This invoice is final."
    : "This month is not closed: amounts still grow, and the plan is taken to stay as it is to the month's end.";
}
