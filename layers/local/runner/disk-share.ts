import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

/** Blocks of `stat`, whatever the file system's own are. Source: man 2 stat. */
const STAT_BLOCK_BYTES = 512;

/**
 * What is on the disk below some folders, each file once, however many names it has. Links are not followed. Stops early
 * when it is more than `bytesMax`. What comes and goes meanwhile may be counted or not.
 */
export async function bytesBelow(folders: readonly string[], bytesMax: number): Promise<number> {
  const count = { bytes: 0, seen: new Set<string>() };
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    try {
      for await (const entry of await opendir(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) waiting.push(path);
        await addFile(path, count);
        if (count.bytes > bytesMax) return count.bytes;
      }
    } catch {
      // Gone, or closed to its owner: there is nothing to count.
    }
  }
  return count.bytes;
}

async function addFile(path: string, count: { bytes: number; readonly seen: Set<string> }): Promise<void> {
  try {
    const { blocks, dev, ino, nlink } = await lstat(path);
    if (nlink > 1) {
      const identity = `${dev}:${ino}`;
      if (count.seen.has(identity)) return;
      count.seen.add(identity);
    }
    count.bytes += blocks * STAT_BLOCK_BYTES;
  } catch {
    // Deleted since it was listed.
  }
}

/** The folders that are not within another of them. */
export function outermost(folders: readonly string[]): readonly string[] {
  const distinct = [...new Set(folders)];
  return distinct.filter((folder) => !distinct.some((other) => folder.startsWith(`${other}/`)));
}
