import type { CallContext, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { LogListeners } from "../../layers/core/log/log-listeners.ts";
import { refused } from "../../layers/core/result.ts";
import { invalidParams } from "../../layers/host/host-failure.ts";
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

function noLog(projectId: string): HttpReply {
  const failure = invalidParams(`There is no such log of the project ${projectId}`, {
    reason: "PROJECT_NOT_FOUND",
    projectId,
  });
  return { ...resultReply(refused(failure)), status: 404 };
}
