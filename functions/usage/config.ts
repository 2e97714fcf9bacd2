import * as z from "zod";
import { tableName } from "../../layers/core/deployment/settings.ts";
import type { WorkerShape } from "../../layers/core/deployment/worker-shape.ts";

/** What the usage function is told by its surroundings. */
export const UsageConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: tableName,
});

export const USAGE_SHAPE: WorkerShape = {
  name: "usage",
  memoryMb: 512,
  timeoutMs: 30_000,
  layers: [],
  tables: { state: "write", control: "none" },
  bucket: "none",
  secrets: [],
  queues: [],
  cache: "none",
  works: {
    by: "queue",
    queue: "usage",
    // Twenty writes and their marks at a time stay far below the timeout.
    batchCountMax: 20,
    gatherSecondsMax: 5,
    concurrencyMax: 20,
    // A store that is away for an hour leaves nothing among the dead letters: a message is hidden for six timeouts.
    receivesMax: 20,
    // A message usually waits for seconds.
    lateSeconds: 600,
  },
};
