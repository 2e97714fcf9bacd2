import { LOG_SECTION_NUMBERS } from "./limits.ts";

/**
 * The numbers of a log come in sections of a thousand million. A section is named by the number before its first, which is
 * what a channel's record keeps as its floor. The last number of a section is kept for its seal.
 */
export function sectionOf(seq: number): number {
  return Math.floor((seq - 1) / LOG_SECTION_NUMBERS) * LOG_SECTION_NUMBERS;
}

export const sectionAfter = (section: number): number => section + LOG_SECTION_NUMBERS;

/** Whether so many messages, the first of this number, leave room for the seal. */
export function fitSection({ next, count }: { readonly next: number; readonly count: number }): boolean {
  return next + count <= sectionAfter(sectionOf(next));
}
