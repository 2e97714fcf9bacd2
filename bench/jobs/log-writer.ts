/** Writes a line to a log now and then, each with the moment at which it was handed over. */
import { argv } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileLogs } from "../../layers/local/log/file-logs.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { tenantNamed } from "./tenant-named.ts";

const [, , folder = "", projectId = "", count = "", pauseMs = ""] = argv;
const writer = fileLogs({ folder, clock: systemClock() }).writer(tenantNamed("bench"), projectId);
for (let line = 0; line < Number(count); line++) {
  const text = String(performance.timeOrigin + performance.now());
  await writer.append([{ runId: "bench", atEpochMs: Date.now(), stream: "stdout", text }]);
  await sleep(Number(pauseMs));
}
