import type { Blob } from "../ports/blob.ts";
import type { Clock } from "../ports/clock.ts";
import { blobKindPrefix } from "../store/keys.ts";
import { JOB_INPUT_BLOB_DAYS, JOB_RESULT_BLOB_DAYS } from "./limits.ts";

const DAY_MS = 86_400_000;
const KINDS = [
  { kind: "job-input", keptMs: JOB_INPUT_BLOB_DAYS * DAY_MS },
  { kind: "job-result", keptMs: JOB_RESULT_BLOB_DAYS * DAY_MS },
] as const;

/**
 * Deletes the inputs and results of jobs that are over: each call looks at most at `limit` (1 to 1000) blobs of each kind,
 * from where the last call left off. Where the store has rules of its own, it does that.
 */
export function sweepJobValues({
  blob,
  clock,
}: {
  readonly blob: Blob;
  readonly clock: Clock;
}): (limit: number) => Promise<void> {
  const cursors = new Map<string, string>();
  return async (limit) => {
    for (const { kind, keptMs } of KINDS) {
      const cursor = cursors.get(kind);
      const listed = await blob.list(blobKindPrefix(kind), { limit, ...(cursor !== undefined && { cursor }) });
      for (const { key, modifiedAtEpochMs } of listed.blobs) {
        if (modifiedAtEpochMs < clock.nowMs() - keptMs) await blob.delete(key);
      }
      if (listed.cursor === undefined) cursors.delete(kind);
      else cursors.set(kind, listed.cursor);
    }
  };
}
