/**
 * What terminals take for an order and not for text: colours, moves of the cursor, titles and links. Each class ends where
 * the next begins, so that no text takes longer than its length.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TERMINAL_ORDERS = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;
const ESCAPE = "\u001b";

/** The text as a person sees it. */
export function withoutTerminalOrders(text: string): string {
  return text.includes(ESCAPE) ? text.replace(TERMINAL_ORDERS, "") : text;
}

/** As texts are compared: two that differ in the case of their letters alone are one. */
export function folded(text: string): string {
  // A sigma at the end of a word has a small letter of its own, and no capital one.
  return text.toLowerCase().replaceAll("ς", "σ");
}
