/**
 * Ends the kitchen when a bake holds too much memory or outlives its time, from a thread of its own since a bake may
 * never give the main one back. Resident memory is what counts: V8's own limit leaves out buffers and WebAssembly.
 */
import { kill, memoryUsage, pid } from "node:process";
import { parentPort, workerData } from "node:worker_threads";

/** At 3 GB/s, about what one core can touch, a bake passes its bound by no more than 30 MB. */
const LOOK_EVERY_MS = 10;

const memoryBytesMax = Number(workerData.memoryBytesMax);
let look: NodeJS.Timeout | undefined;

/** A time to end by, in milliseconds since the epoch, when a bake begins; undefined when it is over. */
parentPort?.on("message", (endByEpochMs: number | undefined) => {
  clearInterval(look);
  if (endByEpochMs === undefined) return;
  look = setInterval(() => {
    if (memoryUsage.rss() > memoryBytesMax || Date.now() > endByEpochMs) kill(pid, "SIGKILL");
  }, LOOK_EVERY_MS);
});
