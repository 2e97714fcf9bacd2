import * as z from "zod";
import type { Baker } from "../../core/recipe/baker.ts";
import type { BakeResults } from "./bake-results.ts";
import { type Answer, type ChefTool, chefTool } from "./chef-tool.ts";
import { json } from "./json-answer.ts";
import {
  CACHED_BAKES_BYTES_MAX,
  CACHED_BAKES_MAX,
  CALL_RECORDS_MAX,
  INPUT_BYTES_MAX,
  RUNNING_CALLS_MAX,
} from "./limits.ts";
import type { Meterage } from "./metered-call.ts";
import type { CallRecord } from "./tenant-meter.ts";

const nothing = () => z.object({});
const readOnly = { readOnlyHint: true, openWorldHint: false } as const;
const MEBIBYTE = 1024 * 1024;

interface StandingDeps {
  readonly baker: Baker;
  readonly results: BakeResults;
}

/** How a tenant's calls stand with the process that answers: what it has kept, counted and measured since it started. */
export function standingTools(meterage: Meterage, { baker, results }: StandingDeps): readonly ChefTool[] {
  return [
    cacheStatsTool(meterage, results),
    cacheClearTool(meterage, results),
    quotaInfoTool(meterage),
    telemetryExportTool(meterage),
    workerStatsTool(meterage, baker),
  ];
}

function cacheStatsTool(meterage: Meterage, results: BakeResults): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_cache_stats",
    title: "Show the cache",
    description:
      "Tells what is kept of your bakes so that the same bake need not run again: results, their bytes, hits and " +
      "misses. Counted by the process that answers, since it started.",
    annotations: readOnly,
    places: "none",
    input: nothing,
    async run(_none, { tenantId }): Promise<Answer> {
      const { items, bytes, hits, misses } = results.stats(tenantId);
      return json({ items, size: bytes, maxSize: CACHED_BAKES_BYTES_MAX, maxItems: CACHED_BAKES_MAX, hits, misses });
    },
  });
}

function cacheClearTool(meterage: Meterage, results: BakeResults): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_cache_clear",
    title: "Clear the cache",
    description: "Forgets the kept results of your bakes. Bakes then run anew; nothing else changes.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    places: "none",
    input: nothing,
    async run(_none, { tenantId }): Promise<Answer> {
      await results.clear(tenantId);
      return json({ success: true, message: "Cache cleared" });
    },
  });
}

function quotaInfoTool(meterage: Meterage): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_quota_info",
    title: "Show quotas",
    description:
      "Tells how many of your calls run now and how many may, how many ran, and what went in and out of them. " +
      "Counted by the process that answers, since it started; calls a minute are not limited here.",
    annotations: readOnly,
    places: "none",
    input: nothing,
    async run(_none, { tenantId }): Promise<Answer> {
      const { running, callCount, inputBytes, outputBytes } = meterage.meters.of(tenantId);
      return json({
        quota: {
          concurrentOperations: running,
          maxConcurrentOperations: RUNNING_CALLS_MAX,
          totalOperations: callCount,
          totalInputSize: inputBytes,
          totalOutputSize: outputBytes,
          inputSizeMB: mebibytes(inputBytes),
          outputSizeMB: mebibytes(outputBytes),
          maxInputSizeMB: mebibytes(INPUT_BYTES_MAX),
        },
        rateLimit: {
          enabled: false,
          maxRequests: 0,
          windowMs: 0,
          activeConnections: running,
          totalTrackedRequests: 0,
        },
      });
    },
  });
}

const mebibytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(2);

function telemetryExportTool(meterage: Meterage): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_telemetry_export",
    title: "Export telemetry",
    description:
      `Gives the newest ${CALL_RECORDS_MAX} of your calls that the process that answers has run: tool, duration, ` +
      "sizes, success, cache; never what went in or came out.",
    annotations: readOnly,
    places: "none",
    input: () =>
      z.object({
        format: z.enum(["json", "summary"]).default("json").describe("json: each call; summary: totals and averages"),
      }),
    async run({ format }, { tenantId }): Promise<Answer> {
      const records = meterage.meters.of(tenantId).records();
      return json(format === "json" ? records.map(exported) : summary(records));
    },
  });
}

function exported({ tool, durationMs, inputBytes, outputBytes, success, cached, atEpochMs }: CallRecord) {
  const sizes = { inputSize: inputBytes, outputSize: outputBytes };
  return { tool, duration: durationMs, ...sizes, success, cached, timestamp: atEpochMs };
}

function summary(records: readonly CallRecord[]) {
  const totalCalls = records.length;
  const share = (count: number) => `${(totalCalls === 0 ? 0 : (count / totalCalls) * 100).toFixed(2)}%`;
  const durationMs = records.reduce((sum, record) => sum + record.durationMs, 0);
  return {
    totalCalls,
    successRate: share(records.filter(({ success }) => success).length),
    avgDuration: `${totalCalls === 0 ? 0 : Math.round(durationMs / totalCalls)}ms`,
    cacheHitRate: share(records.filter(({ cached }) => cached).length),
  };
}

function workerStatsTool(meterage: Meterage, baker: Baker): ChefTool {
  const startedAtEpochMs = meterage.clock.nowMs();
  return chefTool(meterage, {
    name: "cyberchef_worker_stats",
    title: "Show workers",
    description:
      "Tells how busy the workers are that run operations in the process that answers: threads, bakes waiting, and the " +
      "share at work; and since its start, in milliseconds, how many of your bakes are done and how long one took.",
    annotations: readOnly,
    places: "none",
    input: nothing,
    async run(_none, { tenantId }): Promise<Answer> {
      const { threads, waiting, busy } = baker.stats();
      const { freshBakes, bakeMs } = meterage.meters.of(tenantId);
      return json({
        enabled: true,
        threads,
        completed: freshBakes,
        waiting,
        utilization: threads === 0 ? 0 : busy / threads,
        duration: meterage.clock.nowMs() - startedAtEpochMs,
        runTime: freshBakes === 0 ? 0 : bakeMs / freshBakes,
      });
    },
  });
}
