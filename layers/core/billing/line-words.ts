import type { UsageKind } from "../usage/usage-kind.ts";
import type { InvoiceLine } from "./invoice.ts";
import { countText } from "./money.ts";

interface KindWords {
  readonly title: string;
  /** What a price is for. */
  readonly unit: string;
  /** How a quantity in the kind's own unit is told, in the unit that people know. */
  readonly told: { readonly size: number; readonly unit: string };
}

const GIB = 1024 ** 3;
const HOUR_MICROSECONDS = 3_600_000_000;
const ONE = 1;

const WORDS: Readonly<Record<UsageKind, KindWords>> = {
  calls: { title: "Calls", unit: "million calls", told: { size: ONE, unit: "calls" } },
  cpuMicroseconds: {
    title: "Processor time",
    unit: "processor hour",
    told: { size: HOUR_MICROSECONDS, unit: "hours" },
  },
  bytesIn: { title: "Data in", unit: "GiB", told: { size: GIB, unit: "GiB" } },
  bytesOut: { title: "Data out", unit: "GiB", told: { size: GIB, unit: "GiB" } },
  storageByteHours: { title: "Storage", unit: "GiB month", told: { size: 730 * GIB, unit: "GiB months" } },
  jobMicroseconds: { title: "Jobs", unit: "job hour", told: { size: HOUR_MICROSECONDS, unit: "hours" } },
  messages: { title: "Messages", unit: "million messages", told: { size: ONE, unit: "messages" } },
  connectionSeconds: { title: "Connections", unit: "connection hour", told: { size: 3_600, unit: "hours" } },
};

const DECIMALS = 3;

export function lineTitle({ kind }: Pick<InvoiceLine, "kind">): string {
  return kind === "baseFee" ? "Base fee" : WORDS[kind].title;
}

/** What the prices of a line are for. */
export function unitWords({ kind }: Pick<InvoiceLine, "kind">): string {
  return kind === "baseFee" ? "month" : WORDS[kind].unit;
}

/** A quantity as people say it: `1,234,567 calls`, `12.345 GiB`. For a machine there is the quantity itself. */
export function quantityWords({ kind, unitSize }: Pick<InvoiceLine, "kind" | "unitSize">, quantity: number): string {
  if (kind === "baseFee") return `${quantity} of ${unitSize} days`;
  const { size, unit } = WORDS[kind].told;
  const whole = Math.floor(quantity / size);
  const rest = size === ONE ? "" : (quantity / size - whole).toFixed(DECIMALS);
  if (rest.startsWith("1")) return `${countText(whole + 1)}.000 ${unit}`;
  return `${countText(whole)}${rest.slice(1)} ${unit}`;
}
