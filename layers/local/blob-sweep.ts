import { SHARDS_COUNT } from "./blob-content.ts";
import type { BlobFiles } from "./blob-files.ts";

/** A file is written in less time than this, so an older one without an owner will never get one. */
export const ORPHAN_AGE_MS = 24 * 3_600_000;

/** Walks folder by folder, from where the last call left off, and examines at most `limit` files a call. */
export function blobSweep({ content, index, clock }: BlobFiles): (limit: number) => Promise<number> {
  let shard = 0;
  return async (limit) => {
    let examined = 0;
    let removed = 0;
    for (let visited = 0; visited < SHARDS_COUNT && examined < limit; visited++) {
      for (const { id, owner } of await content.writtenBefore(clock.nowMs() - ORPHAN_AGE_MS, shard)) {
        examined++;
        const row = owner === undefined ? undefined : await index.get(owner);
        if (row?.file === id) continue;
        await content.remove(id);
        removed++;
      }
      shard = (shard + 1) % SHARDS_COUNT;
    }
    return removed;
  };
}
