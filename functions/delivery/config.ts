import * as z from "zod";
import { tableName } from "../../layers/core/deployment/settings.ts";
import type { WorkerShape } from "../../layers/core/deployment/worker-shape.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";

/** What the delivery function is told by its surroundings. */
export const DeliveryConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** The strongly consistent table of the fleet. */
  CONTROL_TABLE: tableName,
  /** Where what tenants use is told. */
  USAGE_QUEUE_URL: z.url({ protocol: /^https?$/ }),
  /** What a run leaves over is sent there again. */
  ...PEOPLE_SETTINGS,
  /** The queue that it works off: the same. */
  WORK_QUEUE_URL: z.url({ protocol: /^https?$/ }),
});

export const DELIVERY_SHAPE: WorkerShape = {
  name: "delivery",
  // One whole processor, since each text is signed for each connection (Lambda developer guide, read 2026-11-20).
  memoryMb: 1769,
  // A run leaves over what it does not come to in so long. Whoever waits for one that was killed waits for two of these.
  timeoutMs: 30_000,
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: [],
  queues: ["usage", "messages"],
  cache: "none",
  connections: "push",
  works: {
    by: "queue",
    queue: "messages",
    // Lanes of which most have one message for a few people; each is pushed on its own.
    batchCountMax: 10,
    gatherSecondsMax: 0,
    concurrencyMax: 100,
    // What comes twice is sent once. By then a lane of a worker that was killed is free, however late its lease was extended.
    hiddenTimeouts: 2,
    // One that finds its lane held comes again within a second; after a fault, within the minute, for an hour.
    receivesMax: 60,
    // People are waiting: a message goes out at once, or its run goes on for as long as one may. One that is to end a question
    // waits for that, which is less.
    lateSeconds: 120,
  },
};
