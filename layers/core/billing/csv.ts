/** A number stands as it is; a text is kept from being taken for a formula. */
export type CsvCell = string | number;

/** What makes a spreadsheet calculate a cell. Source: OWASP, "CSV Injection" (read 2026-11-21), full-width forms included. */
const FORMULA_START = /^[=+\-@\t\r\n\0＝＋－＠]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Rows as RFC 4180 has them, the names of the columns first. A text that a spreadsheet would calculate begins with an
 * apostrophe, which shows that it is text.
 */
export function csv(columns: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [columns, ...rows].map(csvRow).join("");
}

/** One row of them, for who writes them one by one. */
export function csvRow(row: readonly CsvCell[]): string {
  return `${row.map(cellText).join(",")}\r\n`;
}

function cellText(cell: CsvCell): string {
  if (typeof cell === "number") return String(cell);
  const text = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
