import type { TenantId } from "../tenant/tenant-id.ts";
import type { LogCounts } from "./log-counts.ts";
import type { LogLine, LogSequence, WrittenLine } from "./log-line.ts";
import type { LogQuery } from "./log-query.ts";

export interface LogPageAsked {
  readonly query: LogQuery;
  /** 1 to `PAGE_LINES_MAX`. */
  readonly limit: number;
  /** `newest` looks back from the end, `oldest` on from the beginning. Either way a page is in the order of the lines. */
  readonly from: "newest" | "oldest";
  /** Lines after this one only, and before that one only. A place that is gone counts as the beginning of what there is. */
  readonly after?: LogSequence;
  readonly before?: LogSequence;
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** There are more: `before` of the next page where this one was read from the newest, otherwise its `after`. */
  readonly next?: LogSequence;
  /**
   * Told with the newest page: the last line there was, whether the query finds it or not. Where to follow on from.
   * Undefined where there never was any.
   */
  readonly end?: LogSequence;
}

/** What came after a follower's place. */
export interface LogBatch {
  /** Those that its query finds. */
  readonly lines: readonly LogLine[];
  /** Where it stands now, to come back to. Undefined as long as the project has never written. */
  readonly position?: LogSequence;
  /** Lines between its place and what is kept by now, gone before it had read them; without `count` where nobody knows it. */
  readonly missed?: { readonly count?: number };
}

export interface LogFollower {
  /**
   * What is new, at most `FOLLOW_LINES_MAX` lines of it. Waits up to `waitMs` for any, and answers with an empty batch when
   * there is none by then, when `signal` is aborted, or when what is new is none of what the query finds. One call at a time.
   */
  next(waitMs: number, signal?: AbortSignal): Promise<LogBatch>;
  /** Lets go of what it watches. */
  close(): void;
}

export interface LogStats extends LogCounts {
  readonly lineCount: number;
  /** Of the texts. */
  readonly characterCount: number;
  /** Left out where there is no line. */
  readonly oldestAtEpochMs?: number;
  readonly newestAtEpochMs?: number;
}

/**
 * What projects have written lately: of each the last `RING_BYTES_MAX` bytes and `KEPT_MS`. Lines have an order that
 * restarts of projects and processes do not change, and no tenant is ever shown another's.
 */
export interface LogStore {
  read(tenantId: TenantId, projectId: string, asked: LogPageAsked): Promise<LogPage>;
  /** Every line that the query finds, the oldest first, some at a time. What is written meanwhile may be among them. */
  scan(tenantId: TenantId, projectId: string, query: LogQuery): AsyncIterable<readonly LogLine[]>;
  /** @param from after which line; otherwise what comes once {@link LogFollower.next} was first called. */
  follow(
    tenantId: TenantId,
    projectId: string,
    from: { readonly query: LogQuery; readonly after?: LogSequence },
  ): LogFollower;
  /** Forgets all lines so far. Those that come later go on in the same order. */
  clear(tenantId: TenantId, projectId: string): Promise<void>;
  stats(tenantId: TenantId, projectId: string): Promise<LogStats>;
  /** Which of the tenant's projects have written and were not erased since, at most so many. */
  projects(tenantId: TenantId, limit: number): Promise<readonly string[]>;
  /** Forgets that the project ever wrote. It may write no more. */
  erase(tenantId: TenantId, projectId: string): Promise<void>;
}

/** Keeps the lines of one project. Several processes may do so at once. */
export interface LogWriter {
  /**
   * In the order given, after all that was appended before. What is kept when it resolves outlives a kill of the process,
   * though not a loss of power. Lines that are too long are cut, and ends of lines within one become spaces.
   */
  append(lines: readonly WrittenLine[]): Promise<void>;
  close(): void;
}
