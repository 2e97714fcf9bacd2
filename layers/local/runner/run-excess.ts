import type { RunEndReason, RunLimits, RunUsage } from "../../core/ports/runner.ts";
import type { ListeningSocket } from "./listening-sockets.ts";
import { isReserved } from "./port-probe.ts";

/** Why a run has to end, and what of it people want to know. */
export interface Excess {
  readonly reason: RunEndReason;
  readonly detail: string;
}

/** The first of its limits that a run is past. Usage that is not known is within. */
export function excessOf(limits: RunLimits, usage: RunUsage & { readonly lifetimeMs: number }): Excess | undefined {
  const { cpuMs = 0, memoryBytes = 0, processCount = 0, outputBytes = 0, diskBytes = 0, lifetimeMs } = usage;
  const measures = [
    { reason: "memory_exceeded", used: memoryBytes, limit: limits.memoryBytes, unit: "bytes" },
    { reason: "processes_exceeded", used: processCount, limit: limits.processCount, unit: "processes" },
    { reason: "output_exceeded", used: outputBytes, limit: limits.outputBytes, unit: "bytes" },
    { reason: "disk_exceeded", used: diskBytes, limit: limits.diskBytes, unit: "bytes" },
    { reason: "cpu_exceeded", used: cpuMs / 1000, limit: limits.cpuSeconds, unit: "seconds" },
    { reason: "lifetime_exceeded", used: lifetimeMs, limit: limits.lifetimeMs, unit: "milliseconds" },
  ] as const;
  const past = measures.find(({ used, limit }) => limit !== undefined && used > limit);
  if (past === undefined) return undefined;
  return { reason: past.reason, detail: `more than ${past.limit} ${past.unit}` };
}

const NEAR_SHARE = 0.5;

/** Whether a limit that is quickly passed is near, so that it pays to look more often. */
export function isNearLimit(limits: RunLimits, { memoryBytes = 0, processCount = 0 }: RunUsage): boolean {
  return memoryBytes > NEAR_SHARE * limits.memoryBytes || processCount > NEAR_SHARE * limits.processCount;
}

/** What is wrong with where a run listens: on what is not its own, or where others than this machine reach it. */
export function listeningExcess(
  sockets: readonly ListeningSocket[],
  { own, isOthers }: { readonly own: number | undefined; isOthers(port: number): boolean },
): Excess | undefined {
  for (const { port, isLoopback } of sockets) {
    if (port !== own && isReserved(port)) return { reason: "port_refused", detail: `port ${port} is reserved` };
    if (port !== own && isOthers(port)) return { reason: "port_refused", detail: `port ${port} is another project's` };
    if (!isLoopback) {
      const detail = `it listened on port ${port} of every address; 127.0.0.1 is the one to listen on`;
      return { reason: "address_exposed", detail };
    }
  }
  return undefined;
}
