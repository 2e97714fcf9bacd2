import { EVERY_LINE, type LogQuery } from "../core/log/log-query.ts";
import type { Project } from "../core/project/project.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { type HostFailure, invalidParams } from "./host-failure.ts";
import type { HostParts } from "./host-parts.ts";
import { isProjectId } from "./host-schemas.ts";
import type { HostCall } from "./host-tool.ts";
import { containerName, projectOfContainer } from "./project-view.ts";

/** A project's log, or what one run of it has written. */
export interface LogSource {
  readonly projectId: string;
  readonly runId?: string;
}

/**
 * What a caller calls a log: a project's id, the name of its last run's container, or that run's id. With a project's id
 * beside it, any other word has to be a run of that project.
 */
export async function namedSource(
  { store }: Pick<HostParts, "store">,
  { tenantId }: Pick<HostCall, "tenantId">,
  named: { readonly containerName?: string | undefined; readonly projectId?: string | undefined },
): Promise<Result<LogSource, HostFailure>> {
  const name = named.containerName ?? named.projectId;
  if (name === undefined) return refused(invalidParams("Say whose log: containerName or projectId is missing"));
  const candidates = new Set([named.projectId, name, projectOfContainer(name)]);
  for (const candidate of candidates) {
    const project =
      candidate !== undefined && isProjectId(candidate) ? await store.get(tenantId, candidate) : undefined;
    const source = project === undefined ? undefined : sourceIn(project, name);
    if (source !== undefined) return ok(source);
  }
  return refused(
    invalidParams(`No project and no run of one is called ${name}; host.list tells their names`, {
      reason: "CONTAINER_NOT_FOUND",
      containerName: name,
    }),
  );
}

function sourceIn({ projectId, run }: Project, name: string): LogSource | undefined {
  if (name === projectId) return { projectId };
  if (run === undefined) return undefined;
  return name === run.runId || name === containerName(projectId, run) ? { projectId, runId: run.runId } : undefined;
}

/** What a query finds in a source alone. */
export function within({ runId }: LogSource, query: LogQuery = EVERY_LINE): LogQuery {
  if (runId === undefined) return query;
  const isAsked = query.runIds === undefined || query.runIds.has(runId);
  return { ...query, runIds: new Set(isAsked ? [runId] : []) };
}
