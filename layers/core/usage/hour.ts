export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const HOURS_A_DAY = 24;

/** Hours are counted from the epoch, in UTC as every day and month here. */
export const epochHourOf = (epochMs: number): number => Math.floor(epochMs / HOUR_MS);

const ISO_HOUR_CHARACTERS = 13;
const ISO_DAY_CHARACTERS = 10;
const ISO_MONTH_CHARACTERS = 7;

/** As `2027-01-31T09`, which sorts as the hours do. */
export const hourText = (epochHour: number): string => isoStart(epochHour, ISO_HOUR_CHARACTERS);
/** As `2027-01-31`. */
export const dayText = (epochHour: number): string => isoStart(epochHour, ISO_DAY_CHARACTERS);
/** As `2027-01`. */
export const monthText = (epochHour: number): string => isoStart(epochHour, ISO_MONTH_CHARACTERS);

function isoStart(epochHour: number, characters: number): string {
  return new Date(epochHour * HOUR_MS).toISOString().slice(0, characters);
}
