import type { AuditLog } from "../core/audit/audit-log.ts";
import type { LogStore } from "../core/log/log-store.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { PortBook } from "../core/project/port-book.ts";
import type { Project } from "../core/project/project.ts";
import type { ProjectRuns } from "../core/project/project-runs.ts";
import type { ProjectStore } from "../core/project/project-store.ts";
import type { Projects } from "../core/project/projects.ts";
import type { Quotas } from "../core/quota/quotas.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { type HostFailure, runFailure } from "./host-failure.ts";
import type { HostCall } from "./host-tool.ts";
import type { AccessUrl } from "./project-view.ts";

/** What the tools do their work with. */
export interface HostParts {
  readonly store: Pick<ProjectStore, "get">;
  readonly projects: Projects;
  readonly runs: ProjectRuns;
  readonly ports: PortBook;
  readonly quotas: Pick<Quotas, "uses">;
  readonly audit: Pick<AuditLog, "change">;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly accessUrl: AccessUrl;
}

/** The caller's project as it stands now. */
export async function lookedUp(
  { runs }: Pick<HostParts, "runs">,
  { tenantId }: Pick<HostCall, "tenantId">,
  projectId: string,
): Promise<Result<Project, HostFailure>> {
  const project = await runs.look(tenantId, projectId);
  return project === undefined ? refused(runFailure({ reason: "project_unknown", projectId })) : ok(project);
}
