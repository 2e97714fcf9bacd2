import type { Cache } from "../core/ports/cache.ts";
import type { Clock } from "../core/ports/clock.ts";

export interface LruCacheOptions {
  readonly clock: Clock;
  /** At least 1. */
  readonly entriesMax: number;
  /** Of keys and values together, two bytes a UTF-16 unit: the most that JavaScript takes for them. */
  readonly bytesMax: number;
}

interface Entry {
  readonly value: string;
  readonly bytes: number;
  readonly expiresAtMs: number;
}

/** A cache in this process. Over either bound it forgets what was longest unused; what is larger than all of it is not kept. */
export function lruCache({ clock, entriesMax, bytesMax }: LruCacheOptions): Cache {
  // A Map keeps the order of insertion: the first key is the one longest unused.
  const entries = new Map<string, Entry>();
  let bytesHeld = 0;

  const forget = (key: string): void => {
    bytesHeld -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresAtMs <= clock.nowMs()) {
        forget(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    async set(key, value, ttlMs) {
      forget(key);
      const bytes = 2 * (key.length + value.length);
      if (bytes > bytesMax || !(ttlMs > 0)) return;
      entries.set(key, { value, bytes, expiresAtMs: clock.nowMs() + ttlMs });
      bytesHeld += bytes;
      for (const oldest of entries.keys()) {
        if (entries.size <= entriesMax && bytesHeld <= bytesMax) return;
        forget(oldest);
      }
    },
    async delete(key) {
      forget(key);
    },
  };
}
