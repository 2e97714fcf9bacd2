const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Below this the seconds count, and are shown. */
export const URGENT_MS = 2 * MINUTE_MS;

/** How long there still is, rounded down: nobody is promised more than there is. */
export function timeLeft(leftMs: number): string {
  if (leftMs <= 0) return "time is up";
  if (leftMs < URGENT_MS) return `${Math.ceil(leftMs / SECOND_MS)} s left`;
  if (leftMs < 2 * HOUR_MS) return `${Math.floor(leftMs / MINUTE_MS)} min left`;
  if (leftMs < 2 * DAY_MS) return `${Math.floor(leftMs / HOUR_MS)} h left`;
  return `${Math.floor(leftMs / DAY_MS)} days left`;
}

/** When something was: of today the time alone. */
export function momentWords(atEpochMs: number, nowEpochMs: number): string {
  const moment = new Date(atEpochMs);
  const isToday = moment.toDateString() === new Date(nowEpochMs).toDateString();
  return isToday
    ? moment.toLocaleTimeString([], { timeStyle: "short" })
    : moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** How long ago something was. */
export function timeAgo(agoMs: number): string {
  if (agoMs < MINUTE_MS) return "just now";
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min ago`;
  if (agoMs < DAY_MS) return `${Math.floor(agoMs / HOUR_MS)} h ago`;
  const days = Math.floor(agoMs / DAY_MS);
  return days === 1 ? "yesterday" : `${days} days ago`;
}
