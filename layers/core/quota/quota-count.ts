import type { Condition, Item, ItemChange } from "../ports/table.ts";
import { CALL_DURATION_MS_MAX } from "./limits.ts";

/** How much of one quota is used, as it is stored. */
export interface QuotaCount {
  readonly used: number;
  /** All that was ever taken. */
  readonly taken: number;
  readonly takenAtEpochMs: number;
  /** How often the count was repaired. */
  readonly repairs: number;
  /** All that had been taken when somebody last looked, and when that was. */
  readonly mark: { readonly taken: number; readonly atEpochMs: number } | undefined;
}

export function quotaCountOf(item: Item | undefined): QuotaCount | undefined {
  const used = numberIn(item, "used");
  const takenAtEpochMs = numberIn(item, "takenAtEpochMs");
  if (used === undefined || takenAtEpochMs === undefined) return undefined;
  const markedTaken = numberIn(item, "markedTaken");
  const markedAtEpochMs = numberIn(item, "markedAtEpochMs");
  const isMarked = markedTaken !== undefined && markedAtEpochMs !== undefined;
  return {
    used,
    taken: numberIn(item, "taken") ?? 0,
    takenAtEpochMs,
    repairs: numberIn(item, "repairs") ?? 0,
    mark: isMarked ? { taken: markedTaken, atEpochMs: markedAtEpochMs } : undefined,
  };
}

/**
 * How much of what was ever taken was taken so long ago that no call can still be about to use it. What of it is used can
 * be counted, and the rest is lost.
 *
 * @returns undefined when that is not known: mark the count, and ask again later.
 */
export function settledTaken({ taken, takenAtEpochMs, mark }: QuotaCount, nowEpochMs: number): number | undefined {
  const isOver = (atEpochMs: number): boolean => nowEpochMs - atEpochMs >= CALL_DURATION_MS_MAX;
  if (isOver(takenAtEpochMs)) return taken;
  return mark !== undefined && isOver(mark.atEpochMs) ? mark.taken : undefined;
}

/** What the count was before what is there was counted, and what came of it. */
export interface Counting {
  readonly before: QuotaCount;
  readonly settled: number;
  readonly stored: number;
}

/**
 * The right use, judged on what the count is by now. At most what is there and all that was taken since what is settled:
 * of that it can't be told whether it was counted. More than is told where a give-back was counted twice.
 */
export function repairedUse(current: QuotaCount, { before, settled, stored }: Counting): number {
  const most = stored + current.taken - settled;
  if (current.used > most) return most;
  const isUntouched = current.used === before.used && current.taken === before.taken;
  return isUntouched && current.used < stored ? stored : current.used;
}

/** How to write the right use down, where nobody has changed the count since. */
export function repairOf(
  current: QuotaCount,
  counting: Counting,
): { readonly change: ItemChange; readonly condition: Condition } {
  const used = repairedUse(current, counting);
  return {
    change: { set: { used }, add: { repairs: used === current.used ? 0 : 1 } },
    condition: {
      if: "all",
      of: [
        { if: "equals", attribute: "used", value: current.used },
        { if: "equals", attribute: "taken", value: current.taken },
        { if: "equals", attribute: "repairs", value: current.repairs },
      ],
    },
  };
}

/** Whether somebody has counted so lately, and with nothing under way, that to count again would show no more. */
export function isJustCounted({ takenAtEpochMs, mark }: QuotaCount, nowEpochMs: number): boolean {
  if (mark === undefined || nowEpochMs - mark.atEpochMs >= CALL_DURATION_MS_MAX) return false;
  return mark.atEpochMs - takenAtEpochMs >= CALL_DURATION_MS_MAX;
}

/** How to be the one who looks at the count now. */
export function lookingAt(
  { taken, repairs, mark }: QuotaCount,
  atEpochMs: number,
): { readonly change: ItemChange; readonly condition: Condition } {
  const sameMark: Condition =
    mark === undefined
      ? { if: "attribute_absent", attribute: "markedAtEpochMs" }
      : { if: "equals", attribute: "markedAtEpochMs", value: mark.atEpochMs };
  return {
    change: { set: { markedTaken: taken, markedAtEpochMs: atEpochMs } },
    condition: { if: "all", of: [sameMark, { if: "equals", attribute: "repairs", value: repairs }] },
  };
}

function numberIn(item: Item | undefined, attribute: string): number | undefined {
  const value = item?.[attribute];
  return typeof value === "number" ? value : undefined;
}
