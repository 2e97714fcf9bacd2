const MICRO_DIGITS = 6;
const CENT_DIGITS = 2;

/** As `1,234.50`: with two decimals, and as many more as there are up to six. */
export function microsText(micros: number): string {
  const text = fixedPoint(micros, MICRO_DIGITS);
  return text.replace(/0{1,4}$/, "");
}

/** With spaces as wide as digits in place of the decimals that are left out, so that the points of a column align. */
export function alignedText(text: string): string {
  const decimals = text.length - 1 - text.indexOf(".");
  return text + FIGURE_SPACE.repeat(MICRO_DIGITS - decimals);
}
const FIGURE_SPACE = "\u2007";

/** As `1,234.50`. */
export const centsText = (cents: number): string => fixedPoint(cents, CENT_DIGITS);

/** As `1234.567890`, for a machine. */
export const microsDecimal = (micros: number): string => fixedPoint(micros, MICRO_DIGITS).replaceAll(",", "");

/** As `1,234,567`. */
export function countText(count: number): string {
  return String(count).replace(/(?<=\d)(?=(?:\d{3})+$)/g, ",");
}

/** Moves the point in the digits themselves, since a division would round. */
function fixedPoint(whole: number, digits: number): string {
  const text = String(Math.abs(whole)).padStart(digits + 1, "0");
  return `${whole < 0 ? "−" : ""}${countText(Number(text.slice(0, -digits)))}.${text.slice(-digits)}`;
}
