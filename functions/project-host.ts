import { archiveWorkspaces } from "../layers/aws/fargate/archive-workspaces.ts";
import { functionRunnerServices } from "../layers/aws/function-settings.ts";
import { cloudwatchLogs } from "../layers/aws/logs/cloudwatch-logs.ts";
import { logsClient } from "../layers/aws/logs/logs-client.ts";
import type { AuditLog } from "../layers/core/audit/audit-log.ts";
import type { LogStore } from "../layers/core/log/log-store.ts";
import type { Table } from "../layers/core/ports/table.ts";
import { OpenRuns } from "../layers/core/project/open-runs.ts";
import { PortBook } from "../layers/core/project/port-book.ts";
import { ProjectRuns } from "../layers/core/project/project-runs.ts";
import { ProjectStore } from "../layers/core/project/project-store.ts";
import { Projects } from "../layers/core/project/projects.ts";
import type { Quotas } from "../layers/core/quota/quotas.ts";
import { discardUpload } from "../layers/core/workspace/discard-upload.ts";
import { UploadStore } from "../layers/core/workspace/upload-store.ts";
import { WorkspaceUploads } from "../layers/core/workspace/workspace-uploads.ts";
import type { HostTool } from "../layers/host/host-tool.ts";
import { hostTools } from "../layers/host/host-toolkit.ts";
import { PROXY_PREFIX } from "../layers/http/passage/proxy-path.ts";
import { sha256 } from "../layers/node/sha256.ts";
import { functionArchives } from "./function-archives.ts";
import type { FunctionRunnerParts } from "./function-runner.ts";
import { notedRunner } from "./noted-runner.ts";
import type { HostConfig } from "./runner-settings.ts";

export interface ProjectHostParts extends FunctionRunnerParts {
  readonly config: FunctionRunnerParts["config"] & HostConfig;
  /** Regional state. */
  readonly table: Table;
  readonly quotas: Quotas;
  readonly audit: AuditLog;
  readonly region: string;
}

/** Projects as a function offers them. */
export interface ProjectHost {
  readonly projects: Projects;
  readonly ports: PortBook;
  readonly runs: ProjectRuns;
  readonly store: ProjectStore;
  readonly logs: LogStore;
  readonly tools: readonly HostTool[];
  readonly uploads: WorkspaceUploads;
}

/** Undefined where the plan has no projects. */
export function projectHost({ table, quotas, audit, region, ...parts }: ProjectHostParts): ProjectHost | undefined {
  const { config, environment, blob, clock, chance } = parts;
  const noted = notedRunner({ ...parts, table });
  if (noted === undefined) return undefined;
  const { runner, book } = noted;
  const client = logsClient({ ...functionRunnerServices(environment).logs, clock, chance });
  const logs = cloudwatchLogs({ client, logGroup: config.RUNNER_LOG_GROUP, book, clock });
  const store = new ProjectStore({ table, clock, chance });
  const openRuns = new OpenRuns({ table, clock, region });
  // Each task has an address of its own.
  const ports = new PortBook({ table, clock, chance, runner, region, isShared: false });
  const shared = { store, openRuns, ports, quotas, runner, clock, chance };
  const workspaces = archiveWorkspaces({ blob });
  const archives = functionArchives(parts);
  const shelf = { uploads: new UploadStore({ table, quotas, clock }), archives };
  const projects = new Projects({
    ...{ ...shared, workspaces, digest: sha256 },
    discardUpload: (tenantId, upload) => discardUpload(shelf, tenantId, upload),
  });
  const uploads = new WorkspaceUploads({ ...shared, ...shelf, projects, workspaces, region });
  const runs = new ProjectRuns(shared);
  const { PROJECTS_URL: baseUrl } = config;
  const accessUrl = (projectId: string): string | undefined =>
    baseUrl === "none" ? undefined : `${baseUrl}${PROXY_PREFIX}${projectId}/`;
  const tools = hostTools({ ...shared, projects, runs, logs, audit, accessUrl });
  return { projects, ports, runs, store, logs, tools, uploads };
}
