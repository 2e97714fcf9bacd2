import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { KEPT_MS } from "../../core/log/limits.ts";
import { answered, logFault } from "../../core/log/log-fault.ts";
import type { LogSequence } from "../../core/log/log-line.ts";
import { EVERY_LINE, type LogQuery } from "../../core/log/log-query.ts";
import { checkPageLimit, checkProjectId } from "../../core/log/log-rules.ts";
import { logStats } from "../../core/log/log-stats.ts";
import type { LogPageAsked, LogStore, LogWriter } from "../../core/log/log-store.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { LOG_FOLDERS, projectLogFolder, tenantLogFolder } from "../../core/store/keys.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { LogFolderFollower } from "./log-follower.ts";
import { type LogPlace, listSegments, readPage, scanLines, undefinedWhenMissing } from "./log-reader.ts";
import { LogFolderWriter } from "./log-writer.ts";

export interface FileLogs extends LogStore {
  /** For the process that runs the project. */
  writer(tenantId: TenantId, projectId: string): LogWriter;
  /** Deletes what is older than lines are kept, of all projects. For a timer; several processes may run it at once. */
  sweep(): Promise<void>;
}

export interface FileLogsOptions {
  /** Made with the first line. Several processes may share it. */
  readonly folder: string;
  readonly clock: Clock;
}

/**
 * Logs in files, a folder for each project. Whoever writes takes its turn under a lock that ends with its process; readers
 * take none. Lines are numbered as they are written, and a number is never given twice.
 *
 * Not promised: that lines of the last seconds are still there after a loss of power, or that numbers of such lines are
 * not given again then.
 */
export function fileLogs({ folder, clock }: FileLogsOptions): FileLogs {
  const placeOf = (tenantId: TenantId, projectId: string): LogPlace => {
    checkProjectId(projectId);
    return { folder: join(folder, projectLogFolder(tenantId, projectId)), projectId };
  };
  const kept = (query: LogQuery): LogQuery => {
    const sinceEpochMs = clock.nowMs() - KEPT_MS;
    return { ...query, sinceEpochMs: Math.max(query.sinceEpochMs ?? sinceEpochMs, sinceEpochMs) };
  };
  const scan: LogStore["scan"] = (tenantId, projectId, query) => scanned(placeOf(tenantId, projectId), kept(query));
  const writer = (tenantId: TenantId, projectId: string) =>
    new LogFolderWriter(placeOf(tenantId, projectId).folder, clock);
  return {
    async read(tenantId, projectId, asked) {
      checkPageLimit(asked.limit);
      const place = placeOf(tenantId, projectId);
      return answered("read", () => readPage(place, askedOf(asked, kept(asked.query))));
    },
    scan,
    follow(tenantId, projectId, { query, after }) {
      const from = { query: () => kept(query), ...(after !== undefined && { after: numberOf(after) ?? 0 }) };
      return new LogFolderFollower(placeOf(tenantId, projectId), from);
    },
    async clear(tenantId, projectId) {
      const place = placeOf(tenantId, projectId);
      const segments = await answered("clear", () => listSegments(place.folder));
      if (segments.length === 0) return;
      const clearing = writer(tenantId, projectId);
      await clearing.clear().finally(() => clearing.close());
    },
    stats: async (tenantId, projectId) => logStats(scan(tenantId, projectId, EVERY_LINE)),
    async projects(tenantId, limit) {
      const names = await answered("list", () => namesIn(join(folder, tenantLogFolder(tenantId))));
      return names.slice(0, limit).map(projectOfLogFolder);
    },
    async erase(tenantId, projectId) {
      const place = placeOf(tenantId, projectId);
      await answered("erase", () => rm(place.folder, REMOVED));
    },
    writer,
    sweep: () => answered("sweep", () => sweep(folder, clock)),
  };
}

/** A line that is written meanwhile would otherwise keep the folder. */
const REMOVED = { recursive: true, force: true, maxRetries: 3 } as const;

async function* scanned(place: LogPlace, query: LogQuery): ReturnType<typeof scanLines> {
  try {
    yield* scanLines(place, query);
  } catch (cause) {
    throw logFault("read", cause);
  }
}

function askedOf({ limit, from, after, before }: LogPageAsked, query: LogQuery): Parameters<typeof readPage>[1] {
  const [afterNumber, beforeNumber] = [numberOf(after), numberOf(before)];
  return {
    query,
    limit,
    from,
    ...(afterNumber !== undefined && { after: afterNumber }),
    ...(beforeNumber !== undefined && { before: beforeNumber }),
  };
}

/** Undefined for a place that this store never gave, which is as good as one that is gone. */
function numberOf(sequence: LogSequence | undefined): number | undefined {
  return sequence !== undefined && /^\d{1,15}$/.test(sequence) ? Number(sequence) : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(undefinedWhenMissing)) ?? [];
}

/** The other way round than {@link projectLogFolder} names it. */
function projectOfLogFolder(name: string): string {
  return name.replace(/\.(.)/g, (_dotted, letter: string) => letter.toUpperCase());
}

async function sweep(folder: string, clock: Clock): Promise<void> {
  const tenants = join(folder, LOG_FOLDERS);
  for (const tenant of await namesIn(tenants)) {
    for (const project of await namesIn(join(tenants, tenant))) {
      const trimming = new LogFolderWriter(join(tenants, tenant, project), clock);
      await trimming.trim().finally(() => trimming.close());
    }
  }
}
