import * as z from "zod";
import { HOURS_PER_MESSAGE_MAX } from "./limits.ts";
import { NO_USAGE, USAGE_KINDS, type UsageKind, type UsageTotals } from "./usage-kind.ts";

/** What one counter has come to. A reading with a higher `seq` takes the place of one of the same source and hour. */
export interface CounterReading {
  readonly source: string;
  readonly epochHour: number;
  /** From 1. */
  readonly seq: number;
  /** Since the counter was begun, not since the last reading. */
  readonly totals: UsageTotals;
}

/** A message that no meter of this release or an older one has sent. */
export class UsageMessageMalformed extends Error {
  readonly code = "usage_message_malformed";
  constructor(options: { cause: unknown }) {
    super("a message about usage can't be read", options);
    this.name = "UsageMessageMalformed";
  }
}

/** What is 0 is left out. */
export function usageMessage(readings: readonly CounterReading[]): string {
  return JSON.stringify({ readings: readings.map((reading) => ({ ...reading, totals: withoutNone(reading.totals) })) });
}

export function withoutNone(totals: UsageTotals): Partial<Record<UsageKind, number>> {
  return Object.fromEntries(USAGE_KINDS.filter((kind) => totals[kind] !== 0).map((kind) => [kind, totals[kind]]));
}

/** Totals as they are stored and sent; a kind that is not known is refused, so that nothing is lost unseen. */
export function usageTotalsSchema() {
  const amount = z.number().refine((value) => Number.isInteger(value) && value >= 0, "a whole number, 0 or more");
  return z.partialRecord(z.enum(USAGE_KINDS), amount).transform((some): UsageTotals => ({ ...NO_USAGE, ...some }));
}

function makeMessageSchema() {
  const reading = z.strictObject({
    source: z.string().regex(/^[\w.-]{1,64}$/),
    epochHour: z.int().min(0),
    seq: z.int().min(1),
    totals: usageTotalsSchema(),
  });
  return z.strictObject({ readings: z.array(reading).min(1).max(HOURS_PER_MESSAGE_MAX) });
}

let messageSchema: ReturnType<typeof makeMessageSchema> | undefined;

/** @throws {UsageMessageMalformed} */
export function readUsageMessage(body: string): readonly CounterReading[] {
  messageSchema ??= makeMessageSchema();
  const parsed = messageSchema.safeParse(parsedJson(body));
  if (!parsed.success) throw new UsageMessageMalformed({ cause: parsed.error });
  return parsed.data.readings;
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UsageMessageMalformed({ cause });
  }
}
