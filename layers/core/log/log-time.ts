import { ok, type Result, refused } from "../result.ts";

/** ISO 8601 as far as a moment needs: a day, with a time or without, in UTC where no zone is said. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;
const SPAN = /^(\d{1,9})(ms|s|m|h|d|w)$/i;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};

export const LOG_TIME_FORMS =
  "a moment such as 2027-01-31 or 2027-01-31T09:30:00Z, or how long ago, such as 90s, 15m, 2h or 3d";

/** The moment that a person means, in milliseconds since the epoch. How long ago is counted from `nowMs`. */
export function parseLogTime(text: string, nowMs: number): Result<number, { readonly reason: "time_malformed" }> {
  const span = SPAN.exec(text);
  const [, count, unit = ""] = span ?? [];
  const unitMs = UNIT_MS[unit.toLowerCase()];
  if (count !== undefined && unitMs !== undefined) return ok(nowMs - Number(count) * unitMs);
  const [matched, day = "", time = "00:00", zone = "Z"] = MOMENT.exec(text) ?? [];
  const epochMs = matched === undefined ? Number.NaN : momentOf(day, time, zone);
  return Number.isNaN(epochMs) ? refused({ reason: "time_malformed" }) : ok(epochMs);
}

function momentOf(day: string, time: string, zone: string): number {
  const midnightMs = Date.parse(`${day}T00:00Z`);
  // A 30th of February is read as one of March, which nobody has meant.
  if (Number.isNaN(midnightMs) || new Date(midnightMs).toISOString().slice(0, day.length) !== day) return Number.NaN;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return Date.parse(`${day}T${time}${colon}`);
}
