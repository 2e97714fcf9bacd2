import * as z from "zod";

/**
 * What a drill breaks of a function's calls, on purpose. AWS's own fault injection for Lambda can't be used with functions
 * that stream: its extension turns streaming off, also while it injects nothing (FIS user guide, "Use the AWS FIS
 * aws:lambda:function actions", read 2026-11-20).
 */
export interface InjectedFaults {
  /** Calls that wait before they are answered: for so long, and this share of them, from 0 to 1. */
  readonly delayMs: number;
  readonly delayedShare: number;
  /** Calls that fail before anything is done for them: the share of them, from 0 to 1. */
  readonly failedShare: number;
}

const PERCENT = String.raw`(100|[1-9]\d?)%`;
const DELAY = String.raw`delay=([1-9]\d{0,4})ms@${PERCENT}`;
const ERROR = `error@${PERCENT}`;
const WHOLE = new RegExp(`^(?:none|${DELAY}|${ERROR}|${DELAY},${ERROR})$`);
const [DELAY_PART, ERROR_PART] = [new RegExp(DELAY), new RegExp(ERROR)];

/** `none`, or a text as `delay=200ms@50%,error@10%`, either part of which may be left out. */
export const injectedFaults = z
  .string()
  .regex(WHOLE, "expected none, or what to break, as in delay=200ms@50%,error@10%")
  .transform((text): InjectedFaults | "none" => {
    if (text === "none") return text;
    const [, delayMs = 0, delayedPercent = 0] = DELAY_PART.exec(text) ?? [];
    const [, failedPercent = 0] = ERROR_PART.exec(text) ?? [];
    return {
      delayMs: Number(delayMs),
      delayedShare: Number(delayedPercent) / 100,
      failedShare: Number(failedPercent) / 100,
    };
  });
