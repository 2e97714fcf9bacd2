import { KEPT_MS } from "../../core/log/limits.ts";
import type { LogBook, NotedRun } from "../../core/log/log-book.ts";
import { answered, logFault } from "../../core/log/log-fault.ts";
import type { LogLine } from "../../core/log/log-line.ts";
import { EVERY_LINE, type LogQuery } from "../../core/log/log-query.ts";
import { checkPageLimit, checkProjectId } from "../../core/log/log-rules.ts";
import { logStats } from "../../core/log/log-stats.ts";
import type { LogPage, LogPageAsked, LogStore } from "../../core/log/log-store.ts";
import { matchesQuery } from "../../core/log/match-log-line.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { CloudWatchFollower } from "./cloudwatch-follower.ts";
import { FOLLOW_POLL_MS, STAMP_LATE_MS_MAX } from "./limits.ts";
import { compareRuns, type LinePlace, parseSequence } from "./log-place.ts";
import type { LogsClient } from "./logs-client.ts";
import { linesOf, type NumberedLine, type RunStream, unlessUnknown } from "./run-lines.ts";

export interface CloudWatchLogsParts {
  readonly client: LogsClient;
  readonly logGroup: string;
  /** In which each run stands with the name of its stream. */
  readonly book: LogBook;
  readonly clock: Clock;
  /** @default - {@link FOLLOW_POLL_MS} */
  readonly pollMs?: number;
}

/**
 * What runs on Fargate have printed, from CloudWatch, a stream for each run. Runs come one after the other, also where one
 * still says its last while the next begins. Whose a line is stands in the line itself, and is looked at each time.
 *
 * Not promised: that a line is there at once (CloudWatch takes seconds), or that more than the last runs are looked
 * through. A clear hides lines; they go for good when the group's retention has them go.
 */
export function cloudwatchLogs(parts: CloudWatchLogsParts): LogStore {
  const { book, client, logGroup, clock, pollMs = FOLLOW_POLL_MS } = parts;
  const open = (tenantId: TenantId, projectId: string): ProjectLog => {
    checkProjectId(projectId);
    return new ProjectLog(parts, tenantId, projectId);
  };
  return {
    async read(tenantId, projectId, asked) {
      checkPageLimit(asked.limit);
      const log = open(tenantId, projectId);
      return answered("read", () => (asked.from === "newest" ? log.newest(asked) : log.oldest(asked)));
    },
    scan: (tenantId, projectId, query) => open(tenantId, projectId).scan(query),
    follow(tenantId, projectId, { query, after }) {
      const log = open(tenantId, projectId);
      const project = {
        clock,
        pollMs,
        runs: () => book.runs(tenantId, projectId),
        streamOf: (run: NotedRun) => log.streamOf(run),
        found: (lines: readonly LogLine[]) => log.found(lines, query),
      };
      return new CloudWatchFollower(project, after === undefined ? undefined : (parseSequence(after) ?? "beginning"));
    },
    async clear(tenantId, projectId) {
      checkProjectId(projectId);
      await book.clear(tenantId, projectId);
    },
    stats: async (tenantId, projectId) => logStats(open(tenantId, projectId).scan(EVERY_LINE)),
    projects: (tenantId, limit) => book.projects(tenantId, limit),
    async erase(tenantId, projectId) {
      checkProjectId(projectId);
      for (const { place: logStreamName } of await book.runs(tenantId, projectId)) {
        const request = { logGroupName: logGroup, logStreamName };
        await answered("erase", () => unlessUnknown(client.call("DeleteLogStream", request)));
      }
      await book.forget(tenantId, projectId);
    },
  };
}

/** The log of one project, over all its runs. */
class ProjectLog {
  readonly #parts: CloudWatchLogsParts;
  readonly #tenantId: TenantId;
  readonly #projectId: string;

  constructor(parts: CloudWatchLogsParts, tenantId: TenantId, projectId: string) {
    this.#parts = parts;
    this.#tenantId = tenantId;
    this.#projectId = projectId;
  }

  streamOf(run: NotedRun): RunStream {
    const { client, logGroup } = this.#parts;
    return { client, logGroup, tenantId: this.#tenantId, projectId: this.#projectId, run };
  }

  /** Neither too old nor cleared, and what the query finds. */
  async found(lines: readonly LogLine[], query: LogQuery): Promise<readonly LogLine[]> {
    const shownFromMs = await this.#shownFromMs();
    return lines.filter((line) => isFound(line, { query, shownFromMs }));
  }

  async *scan(query: LogQuery): AsyncGenerator<readonly LogLine[]> {
    try {
      yield* this.#scanned(query);
    } catch (cause) {
      throw logFault("read", cause);
    }
  }

  async *#scanned(query: LogQuery): AsyncGenerator<readonly LogLine[]> {
    const shownFromMs = await this.#shownFromMs();
    for (const run of await this.#runs()) {
      for await (const page of linesOf(this.streamOf(run), "head", startAt(shownFromMs, query))) {
        const found = page.map(({ line }) => line).filter((line) => isFound(line, { query, shownFromMs }));
        if (found.length > 0) yield found;
      }
    }
  }

  async oldest(asked: LogPageAsked): Promise<LogPage> {
    const { limit } = asked;
    const sought = this.#sought({ ...asked, shownFromMs: await this.#shownFromMs() });
    const found: LogLine[] = [];
    for (const run of (await this.#runs()).filter(sought.mayHave)) {
      for await (const page of linesOf(this.streamOf(run), "head", sought.start(run))) {
        found.push(...page.filter((each) => sought.has(run, each)).map(({ line }) => line));
        if (found.length > limit) return { lines: found.slice(0, limit), ...nextAt(found[limit - 1]) };
      }
    }
    return { lines: found };
  }

  async newest(asked: LogPageAsked): Promise<LogPage> {
    const { limit } = asked;
    const sought = this.#sought({ ...asked, shownFromMs: await this.#shownFromMs() });
    let found: LogLine[] = [];
    let end: string | undefined;
    for (const run of (await this.#runs()).filter(sought.mayHave).reverse()) {
      for await (const page of linesOf(this.streamOf(run), "end", sought.start(run))) {
        end ??= page.at(-1)?.line.sequence;
        found = [...page.filter((each) => sought.has(run, each)).map(({ line }) => line), ...found];
        if (found.length > limit) break;
      }
      if (found.length > limit) break;
    }
    const lines = found.slice(-limit);
    const toTheEnd = end === undefined || asked.before !== undefined ? {} : { end };
    return { lines, ...(found.length > limit && nextAt(lines[0])), ...toTheEnd };
  }

  #sought(asked: LogPageAsked & { readonly shownFromMs: number }) {
    const after = parseSequence(asked.after);
    const before = parseSequence(asked.before);
    return {
      mayHave: (run: NotedRun): boolean =>
        (after === undefined || compareRuns(run, after) >= 0) &&
        (before === undefined || compareRuns(run, before) <= 0),
      start: (run: NotedRun) => startAt(Math.max(asked.shownFromMs, timeIn(run, after)), asked.query),
      has: (run: NotedRun, { number, line }: NumberedLine): boolean =>
        (after === undefined || compareRuns(run, after) > 0 || number > after.number) &&
        (before === undefined || compareRuns(run, before) < 0 || number < before.number) &&
        isFound(line, asked),
    };
  }

  #runs(): Promise<readonly NotedRun[]> {
    return this.#parts.book.runs(this.#tenantId, this.#projectId);
  }

  async #shownFromMs(): Promise<number> {
    const clearedAtEpochMs = await this.#parts.book.clearedAtEpochMs(this.#tenantId, this.#projectId);
    return Math.max(this.#parts.clock.nowMs() - KEPT_MS, (clearedAtEpochMs ?? -1) + 1);
  }
}

function isFound(
  line: LogLine,
  { query, shownFromMs }: { readonly query: LogQuery; readonly shownFromMs: number },
): boolean {
  return line.atEpochMs >= shownFromMs && matchesQuery(query, line);
}

/** The time of a place, in its own run. */
function timeIn(run: NotedRun, place: LinePlace | undefined): number {
  return place !== undefined && compareRuns(run, place) === 0 ? place.atEpochMs : 0;
}

/** An event is stamped when its agent has the line, which is no sooner than it was printed but for another clock. */
function startAt(fromEpochMs: number, { sinceEpochMs = 0 }: LogQuery): { readonly startTime: number } {
  return { startTime: Math.max(0, Math.max(fromEpochMs, sinceEpochMs) - STAMP_LATE_MS_MAX) };
}

function nextAt(line: LogLine | undefined): { readonly next?: string } {
  return line === undefined ? {} : { next: line.sequence };
}
