import { statfsSync } from "node:fs";
import { bytesBelow, outermost } from "./disk-share.ts";
import { DISK_LOOK_INTERVAL_MS, DISK_LOOK_REST_SHARE } from "./limits.ts";

/** Counts what one run holds on the disk, from time to time, and at once where the disk fills up. */
export interface DiskWatch {
  /** As of the last count; undefined before the first. */
  readonly bytes: number | undefined;
  /** Starts a count if one is due. */
  look(nowMs: number): void;
}

export function diskWatch(given: readonly string[], bytesMax: number): DiskWatch {
  const folders = outermost(given);
  let bytes: number | undefined;
  let isCounting = false;
  let dueAtMs = 0;
  let freeBytesAtCount = 0;

  async function count(nowMs: number): Promise<void> {
    isCounting = true;
    freeBytesAtCount = freeBytes();
    const startedMs = performance.now();
    bytes = await bytesBelow(folders, bytesMax);
    const tookMs = performance.now() - startedMs;
    dueAtMs = nowMs + tookMs + Math.max(DISK_LOOK_INTERVAL_MS, DISK_LOOK_REST_SHARE * tookMs);
    isCounting = false;
  }

  /** Whether the disk has lost so much since the count that this run may be past its share. */
  function isFilling(): boolean {
    return freeBytesAtCount - freeBytes() > Math.max(0, bytesMax - (bytes ?? 0));
  }

  function freeBytes(): number {
    try {
      const { bavail, bsize } = statfsSync(folders[0] ?? "/");
      return bavail * bsize;
    } catch {
      // The folder is gone; the count tells.
      return 0;
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    look(nowMs) {
      if (!isCounting && (nowMs >= dueAtMs || isFilling())) void count(nowMs);
    },
  };
}
