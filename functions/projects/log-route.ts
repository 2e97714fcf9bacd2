import type { CallContext, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { exportLog, LOG_EXPORT_FORMATS, LOG_EXPORT_TYPES, logExportName } from "../../layers/core/log/export-log.ts";
import type { LogListeners } from "../../layers/core/log/log-listeners.ts";
import { logQueryOf } from "../../layers/core/log/parse-log-query.ts";
import { refused } from "../../layers/core/result.ts";
import { invalidParams, logFailure } from "../../layers/host/host-failure.ts";
import type { HostParts } from "../../layers/host/host-parts.ts";
import { namedSource, within } from "../../layers/host/log-source.ts";
import { lineView } from "../../layers/host/log-tools.ts";
import { logStream } from "../../layers/http/log-stream.ts";
import { logStreamProblemText, readLogStream } from "../../layers/http/log-stream-asked.ts";
import { resultReply } from "./host-reply.ts";

export interface LogRouteParts extends Pick<HostParts, "logs" | "store" | "clock"> {
  readonly listeners: LogListeners;
  /** Aborted when the process is about to end. */
  readonly closing: AbortSignal;
}

const PATH_PATTERN = /^\/mcp\/logs\/([A-Za-z0-9_-]{1,100})\/stream$/;

/** The project of `/mcp/logs/:projectId/stream`; undefined for another path. */
export function streamedProject(path: string): string | undefined {
  return PATH_PATTERN.exec(path)?.[1];
}

/** A project's log as server-sent events; with `containerName`, what one run of it writes. */
export async function streamLog(
  parts: LogRouteParts,
  projectId: string,
  { request, context }: { readonly request: HttpRequest; readonly context: CallContext },
): Promise<HttpReply> {
  const asked = readLogStream(request, parts.clock.nowMs());
  if (!asked.ok) return resultReply(refused(invalidParams(logStreamProblemText(asked.problem))));
  const containerName = new URLSearchParams(request.query).get("containerName") ?? projectId;
  const source = await namedSource(parts, context.principal, { containerName, projectId });
  if (!source.ok || source.value.projectId !== projectId) return noLog(projectId);
  const stream = logStream(
    { ...parts, view: lineView },
    projectId,
    { ...asked.value, query: within(source.value, asked.value.query) },
    context,
  );
  if (stream.ok) return stream.value;
  const { retryAfterSeconds } = stream.problem;
  return resultReply(
    refused({
      code: "LISTENERS_FULL",
      message: `Too many listen to logs now; try again in ${retryAfterSeconds} s`,
      details: { retryAfterSeconds },
    }),
  );
}

const EXPORT_PATTERN = /^\/api\/projects\/([A-Za-z0-9_-]{1,100})\/logs\/export$/;

/** The project of `/api/projects/:projectId/logs/export`; undefined for another path. */
export function exportedProject(path: string): string | undefined {
  return EXPORT_PATTERN.exec(path)?.[1];
}

/** All that is kept of a project's log and asked for, as a file. */
export async function exportedLog(
  { logs, store, clock }: Pick<LogRouteParts, "logs" | "store" | "clock">,
  projectId: string,
  { request, context }: { readonly request: HttpRequest; readonly context: CallContext },
): Promise<HttpReply> {
  const given = new URLSearchParams(request.query);
  const field = (name: string): string | undefined => given.get(name) ?? undefined;
  const format = LOG_EXPORT_FORMATS.find((name) => name === (field("format") ?? "json"));
  if (format === undefined)
    return resultReply(refused(invalidParams(`format is one of ${LOG_EXPORT_FORMATS.join(", ")}`)));
  const asked = { query: field("search"), level: field("level"), stream: field("stream") };
  const query = logQueryOf({ ...asked, since: field("since"), until: field("until") }, clock.nowMs());
  if (!query.ok) return resultReply(refused(logFailure(query.problem)));
  const { tenantId } = context.principal;
  if ((await store.get(tenantId, projectId)) === undefined) return noLog(projectId);
  return {
    status: 200,
    headers: {
      "content-type": LOG_EXPORT_TYPES[format],
      "content-disposition": `attachment; filename="${logExportName(projectId, format)}"`,
      "cache-control": "no-store",
    },
    body: exportLog(logs.scan(tenantId, projectId, query.value), { format, view: lineView }),
    log: { operation: "GET /api/projects/*/logs/export", outcome: "ok" },
  };
}

function noLog(projectId: string): HttpReply {
  const failure = invalidParams(`There is no such log of the project ${projectId}`, {
    reason: "PROJECT_NOT_FOUND",
    projectId,
  });
  return { ...resultReply(refused(failure)), status: 404 };
}
