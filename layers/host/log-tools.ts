import * as z from "zod";
import { exportLog, LOG_EXPORT_FORMATS, LOG_EXPORT_TYPES, logExportName } from "../core/log/export-log.ts";
import { PAGE_LINES_MAX, QUERY_CHARACTERS_MAX } from "../core/log/limits.ts";
import { logFacets } from "../core/log/log-facets.ts";
import { LOG_LEVELS, LOG_STREAMS, type LogLine } from "../core/log/log-line.ts";
import type { LogQuery } from "../core/log/log-query.ts";
import { type LogFields, logQueryOf } from "../core/log/parse-log-query.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { type HostFailure, logFailure } from "./host-failure.ts";
import type { HostParts } from "./host-parts.ts";
import { projectId } from "./host-schemas.ts";
import { type HostCall, type HostTool, hostTool } from "./host-tool.ts";
import { type LogSource, namedSource, within } from "./log-source.ts";

const LIMIT_DEFAULT = 100;
const SOURCES_MAX = 50;
/** Of a tool's reply; who wants more exports it or reads on from an earlier time. */
const REPLY_LINES_MAX = 1_000;

/** Of an export by a tool, which is one text: the rest is for who asks over HTTP. */
const EXPORT_LINES_MAX = PAGE_LINES_MAX;
const EXPORT_CHARACTERS_MAX = 1_000_000;

/** What projects have printed. */
export function logTools(parts: HostParts): readonly HostTool[] {
  return [logsTool(parts), searchLogsTool(parts), clearLogsTool(parts), exportLogsTool(parts), logStatsTool(parts)];
}

const containerNamed = () =>
  z
    .string()
    .min(1)
    .max(100)
    .describe("Whose log: a project's id, or containerName or containerId as host.start told it");
const level = () => z.enum(LOG_LEVELS).optional();
const time = (what: string) =>
  z.string().max(64).optional().describe(`${what}: ISO 8601, or how long ago, such as 15m`);
const times = () => ({ since: time("From this moment on"), until: time("Before this moment") });
const limit = () => z.int().min(1).max(REPLY_LINES_MAX).default(LIMIT_DEFAULT).describe("How many lines, the newest");

export function lineView({ projectId: of, runId, sequence, atEpochMs, level: lineLevel, stream, text }: LogLine) {
  return {
    timestamp: new Date(atEpochMs).toISOString(),
    level: lineLevel,
    stream,
    message: text,
    projectId: of,
    containerId: runId,
    id: sequence,
  };
}

function queryOf({ clock }: HostParts, fields: LogFields): Result<LogQuery, HostFailure> {
  const query = logQueryOf(fields, clock.nowMs());
  return query.ok ? query : refused(logFailure(query.problem));
}

function logsTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.logs",
    title: "Read a log",
    description:
      'The newest lines of what a project has printed, in their order. search takes words, "phrases" and -exclusions.',
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        containerName: containerNamed().optional(),
        projectId: projectId().optional(),
        level: level().describe("Only lines of this level"),
        stream: z.enum(LOG_STREAMS).optional(),
        search: z.string().max(QUERY_CHARACTERS_MAX).optional(),
        ...times(),
        limit: limit(),
      }),
    async run({ containerName, projectId: id, search, limit: lines, ...fields }, call) {
      const source = await namedSource(parts, call, { containerName, projectId: id });
      if (!source.ok) return source;
      const query = queryOf(parts, { query: search, ...fields });
      if (!query.ok) return query;
      const page = await newest(parts, call, { source: source.value, query: query.value, lines });
      return ok({
        success: true,
        projectId: source.value.projectId,
        containerName: containerName ?? source.value.projectId,
        logs: page.lines.map(lineView),
        total: page.lines.length,
        hasMore: page.hasMore,
      });
    },
  });
}

async function newest(
  { logs }: HostParts,
  { tenantId }: HostCall,
  { source, query, lines }: { readonly source: LogSource; readonly query: LogQuery; readonly lines: number },
): Promise<{ readonly lines: readonly LogLine[]; readonly hasMore: boolean }> {
  const page = await logs.read(tenantId, source.projectId, {
    query: within(source, query),
    limit: lines,
    from: "newest",
  });
  return { lines: page.lines, hasMore: page.next !== undefined };
}

function searchLogsTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.searchLogs",
    title: "Search logs",
    description:
      'Finds lines in the logs of all projects, or of some: words, "a phrase", -without, level:error, stream:stderr, ' +
      "run:<containerId>, since:15m. All of it has to hold for a line. includeFacets counts all that is found by level, stream, run and time.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        query: z.string().max(QUERY_CHARACTERS_MAX),
        containers: z.array(containerNamed()).max(SOURCES_MAX).optional().describe("Only these logs"),
        level: level().describe("Only lines of this level"),
        ...times(),
        limit: limit(),
        includeFacets: z.boolean().default(false),
      }),
    async run({ containers, limit: lines, includeFacets, ...fields }, call) {
      const query = queryOf(parts, fields);
      if (!query.ok) return query;
      const sources = await sourcesOf(parts, call, containers);
      if (!sources.ok) return sources;
      const pages = await Promise.all(
        sources.value.map((source) => newest(parts, call, { source, query: query.value, lines })),
      );
      const found = pages.flatMap((page) => page.lines).toSorted((left, right) => left.atEpochMs - right.atEpochMs);
      const shown = found.slice(-lines);
      return ok({
        success: true,
        query: fields.query,
        logs: shown.map(lineView),
        total: shown.length,
        hasMore: found.length > shown.length || pages.some(({ hasMore }) => hasMore),
        ...(includeFacets && {
          facets: await logFacets(everyLine(parts, call, { sources: sources.value, query: query.value })),
        }),
      });
    },
  });
}

async function sourcesOf(
  parts: HostParts,
  call: HostCall,
  named: readonly string[] | undefined,
): Promise<Result<readonly LogSource[], HostFailure>> {
  if (named === undefined || named.length === 0) {
    const ids = await parts.logs.projects(call.tenantId, call.limits.projects);
    return ok(ids.map((each) => ({ projectId: each })));
  }
  const sources: LogSource[] = [];
  for (const containerName of named) {
    const source = await namedSource(parts, call, { containerName });
    if (!source.ok) return source;
    sources.push(source.value);
  }
  return ok(sources);
}

async function* everyLine(
  { logs }: HostParts,
  { tenantId }: HostCall,
  { sources, query }: { readonly sources: readonly LogSource[]; readonly query: LogQuery },
): AsyncGenerator<readonly LogLine[]> {
  for (const source of sources) yield* logs.scan(tenantId, source.projectId, within(source, query));
}

function clearLogsTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.clearLogs",
    title: "Clear a log",
    description: "Forgets all that a project has printed so far.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    input: () => z.object({ containerName: containerNamed().optional(), projectId: projectId().optional() }),
    async run(named, call) {
      const source = await namedSource(parts, call, named);
      if (!source.ok) return source;
      const { projectId: of } = source.value;
      await parts.logs.clear(call.tenantId, of);
      return ok({ success: true, projectId: of, message: "Cleared the log of the project and all its runs" });
    },
  });
}

function exportLogsTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.exportLogs",
    title: "Export a log",
    description:
      "A project's log as the text of a file: json, csv or text. Of a long log the newest part; over HTTP all of it can be " +
      "had, from /api/projects/<projectId>/logs/export.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        containerName: containerNamed().optional(),
        projectId: projectId().optional(),
        format: z.enum(LOG_EXPORT_FORMATS).default("json"),
        level: level().describe("Only lines of this level"),
        ...times(),
      }),
    async run({ containerName, projectId: id, format, ...fields }, call) {
      const source = await namedSource(parts, call, { containerName, projectId: id });
      if (!source.ok) return source;
      const query = queryOf(parts, fields);
      if (!query.ok) return query;
      const { lines, hasMore } = await newest(parts, call, {
        source: source.value,
        query: query.value,
        lines: EXPORT_LINES_MAX,
      });
      const kept = newestWithin(lines, EXPORT_CHARACTERS_MAX);
      let content = "";
      for await (const piece of exportLog(batchesOf(kept), { format, view: lineView })) content += piece;
      const { projectId: of } = source.value;
      return ok({
        success: true,
        projectId: of,
        format,
        filename: logExportName(of, format),
        contentType: LOG_EXPORT_TYPES[format],
        lineCount: kept.length,
        isWhole: !hasMore && kept.length === lines.length,
        content,
      });
    },
  });
}

/** The last of them that have so many characters together. */
function newestWithin(lines: readonly LogLine[], charactersMax: number): readonly LogLine[] {
  let left = charactersMax;
  const begin = lines.findLastIndex(({ text }) => {
    left -= text.length;
    return left < 0;
  });
  return lines.slice(begin + 1);
}

async function* batchesOf(lines: readonly LogLine[]): AsyncGenerator<readonly LogLine[]> {
  yield lines;
}

function logStatsTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.logStats",
    title: "Count log lines",
    description: "Counts what is kept of a project's log, or of every project's: lines by level, stream and run.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () => z.object({ containerName: containerNamed().optional(), projectId: projectId().optional() }),
    async run(named, call) {
      const isOne = named.containerName !== undefined || named.projectId !== undefined;
      const one = isOne ? await namedSource(parts, call, named) : undefined;
      if (one !== undefined && !one.ok) return one;
      const ids =
        one === undefined ? await parts.logs.projects(call.tenantId, call.limits.projects) : [one.value.projectId];
      const stats = await Promise.all(
        ids.map(async (each) => ({ projectId: each, ...(await parts.logs.stats(call.tenantId, each)) })),
      );
      const lineCount = stats.reduce((sum, each) => sum + each.lineCount, 0);
      return ok({ success: true, total: stats.length, lineCount, stats });
    },
  });
}
