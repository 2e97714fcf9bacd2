import { ok, type Result, refused } from "../result.ts";
import { CRON_CHARACTERS_MAX, CRON_SPAN_MS_MAX } from "./limits.ts";

/**
 * Times of the five fields of cron (minute, hour, day of the month, month, day of the week) in one zone.
 *
 * Fields hold numbers, names of months and days (`JAN`, `MON`), `*`, lists, ranges and steps; Sunday is 0 or 7. Where both
 * days are given, either is enough, as in Vixie's cron; one that begins with `*` is not given. A local time that a change of
 * the clocks leaves out is left out; one that comes twice counts once, the first time.
 */
export interface Cron {
  readonly expression: string;
  /** `UTC`, or a name of the IANA database. */
  readonly zone: string;
}

export type CronInvalid = {
  readonly reason: "cron_invalid";
  readonly part: "expression" | "zone";
  readonly detail: string;
};

interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly monthDays: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekDays: ReadonlySet<number>;
  /** A day has to be of both where one of them is `*`, and of either else. */
  readonly isEitherDay: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const MONTH_DAY: Field = { name: "day of the month", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
const WEEK_DAY: Field = { name: "day of the week", min: 0, max: 7, names: DAYS };

/** The next times of a schedule. */
export class CronClock {
  readonly #times: CronTimes;
  readonly #offsetMs: (epochMs: number) => number;

  private constructor(times: CronTimes, offsetMs: (epochMs: number) => number) {
    this.#times = times;
    this.#offsetMs = offsetMs;
  }

  static parse({ expression, zone }: Cron): Result<CronClock, CronInvalid> {
    const times = parseTimes(expression);
    if (!times.ok) return refused({ reason: "cron_invalid", part: "expression", detail: times.problem });
    const offsetMs = offsetsOf(zone);
    if (offsetMs === undefined)
      return refused({ reason: "cron_invalid", part: "zone", detail: "a name of the IANA database, or UTC" });
    return ok(new CronClock(times.value, offsetMs));
  }

  /** The first time after this moment; undefined where none ever comes. */
  after(epochMs: number): number | undefined {
    const fromLocalMs = epochMs + this.#offsetMs(epochMs);
    for (const localMs of this.#localTimes(fromLocalMs)) {
      const atEpochMs = this.#epochOf(localMs);
      if (atEpochMs !== undefined && atEpochMs > epochMs) return atEpochMs;
    }
    return undefined;
  }

  /** Local times from the minute of this one on, as if they were UTC. */
  *#localTimes(fromLocalMs: number): Generator<number> {
    const firstDayMs = Math.floor(fromLocalMs / DAY_MS) * DAY_MS;
    for (let dayMs = firstDayMs; dayMs - firstDayMs <= CRON_SPAN_MS_MAX; dayMs += DAY_MS) {
      if (!this.#isDay(new Date(dayMs))) continue;
      for (const hour of this.#times.hours) {
        for (const minute of this.#times.minutes) {
          const localMs = dayMs + (hour * 60 + minute) * MINUTE_MS;
          if (localMs >= fromLocalMs - MINUTE_MS) yield localMs;
        }
      }
    }
  }

  #isDay(day: Date): boolean {
    const { months, monthDays, weekDays, isEitherDay } = this.#times;
    if (!months.has(day.getUTCMonth() + 1)) return false;
    const [isMonthDay, isWeekDay] = [monthDays.has(day.getUTCDate()), weekDays.has(day.getUTCDay())];
    return isEitherDay ? isMonthDay || isWeekDay : isMonthDay && isWeekDay;
  }

  /** The first moment at which clocks of the zone show this time; undefined where they never do. */
  #epochOf(localMs: number): number | undefined {
    const offsets = [this.#offsetMs(localMs - DAY_MS), this.#offsetMs(localMs + DAY_MS)];
    const moments = offsets.map((offsetMs) => localMs - offsetMs).filter((at) => at + this.#offsetMs(at) === localMs);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }
}

function parseTimes(expression: string): Result<CronTimes, string> {
  const fields = expression.trim().split(/[ \t]+/);
  if (expression.length > CRON_CHARACTERS_MAX || fields.length !== 5)
    return refused(
      `five fields of at most ${CRON_CHARACTERS_MAX} characters: minute, hour, day of the month, month, day of the week`,
    );
  const [minute = "", hour = "", monthDay = "", month = "", weekDay = ""] = fields;
  const [minutes, hours] = [parseField(MINUTE, minute), parseField(HOUR, hour)];
  const [monthDays, months, weekDays] = [
    parseField(MONTH_DAY, monthDay),
    parseField(MONTH, month),
    parseField(WEEK_DAY, weekDay),
  ];
  for (const field of [minutes, hours, monthDays, months, weekDays]) if (!field.ok) return field;
  if (!minutes.ok || !hours.ok || !monthDays.ok || !months.ok || !weekDays.ok) return refused("unreadable");
  return ok({
    minutes: minutes.value,
    hours: hours.value,
    monthDays: new Set(monthDays.value),
    months: new Set(months.value),
    weekDays: new Set(weekDays.value.map((day) => day % 7)),
    isEitherDay: !monthDay.startsWith("*") && !weekDay.startsWith("*"),
  });
}

function parseField(field: Field, text: string): Result<readonly number[], string> {
  const allowed = refused(`${field.name}: numbers from ${field.min} to ${field.max}, *, lists, ranges and steps`);
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(field, part);
    if (range === undefined) return allowed;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return ok([...values].sort((a, b) => a - b));
}

function parseRange(
  field: Field,
  part: string,
): { readonly from: number; readonly to: number; readonly step: number } | undefined {
  const match = /^(?:(\*)|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:\/([0-9]{1,4}))?$/.exec(part);
  if (match === null) return undefined;
  const [, star, first, last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1) return undefined;
  if (star !== undefined) return { from: field.min, to: field === WEEK_DAY ? 6 : field.max, step };
  const from = parseValue(field, first ?? "");
  const alone = stepText === undefined ? from : field.max;
  const to = last === undefined ? alone : parseValue(field, last);
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step };
}

function parseValue({ min, max, names }: Field, text: string): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + (min === 0 ? 0 : 1);
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** How far clocks of a zone are ahead of UTC at a moment; undefined where there is no such zone. */
function offsetsOf(zone: string): ((epochMs: number) => number) | undefined {
  if (zone === "UTC") return () => 0;
  // A zone by its offset alone (`+01:00`) is one that no clock changes in: it is written as UTC and another hour.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    return (epochMs) => wallClock(format, epochMs) - Math.floor(epochMs / 1_000) * 1_000;
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

function wallClock(format: Intl.DateTimeFormat, epochMs: number): number {
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}
