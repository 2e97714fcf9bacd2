import type { Clock } from "../core/ports/clock.ts";

export function systemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const timer = setTimeout(wake, durationMs);
        signal?.addEventListener("abort", wake, { once: true });
      }),
  };
}
