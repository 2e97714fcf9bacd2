import { AuditLog } from "../core/audit/audit-log.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { SWEEP_INTERVAL_MS } from "../core/project/limits.ts";
import { OpenRuns } from "../core/project/open-runs.ts";
import { PortBook } from "../core/project/port-book.ts";
import { ProjectRuns } from "../core/project/project-runs.ts";
import { ProjectStore } from "../core/project/project-store.ts";
import { Projects } from "../core/project/projects.ts";
import { sweepRuns } from "../core/project/run-sweep.ts";
import { RunWriter } from "../core/project/run-writer.ts";
import { Quotas } from "../core/quota/quotas.ts";
import { discardUpload } from "../core/workspace/discard-upload.ts";
import { UploadStore } from "../core/workspace/upload-store.ts";
import { WorkspaceUploads } from "../core/workspace/workspace-uploads.ts";
import { HOST_TOOLKIT, hostToolkit, hostTools } from "../host/host-toolkit.ts";
import type { Route } from "../http/router.ts";
import type { Toolkits } from "../mcp/toolkit/tool.ts";
import { sha256 } from "../node/sha256.ts";
import { type CellAccess, LOCAL_REGION } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";
import { fileLogs } from "./log/file-logs.ts";
import type { CellOptions } from "./options.ts";
import type { ProjectOptions } from "./project-options.ts";
import { projectRoutes } from "./project-routes.ts";
import { ProjectPassage } from "./proxy/project-passage.ts";
import { fileWorkspaces } from "./runner/file-workspaces.ts";
import { processRunner } from "./runner/process-runner.ts";
import { projectLogsFolder } from "./runner/runner-folder.ts";
import { folderArchives } from "./workspace/folder-archives.ts";
import { UploadIntake } from "./workspace/upload-intake.ts";
import { uploadLink } from "./workspace/upload-link.ts";

export interface CellProjectsParts {
  readonly options: Pick<CellOptions, "dataDir"> & { readonly projects: ProjectOptions };
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: (fault: unknown) => void;
}

/** Projects of a cell's tenants, as programs on its machine. They go on when the cell ends. */
export interface CellProjects {
  readonly toolkits: Toolkits;
  readonly passage: ProjectPassage;
  readonly intake: UploadIntake;
  /** @param closing aborted when waiting streams shall end. */
  routes(access: CellAccess, closing: AbortSignal): readonly Route[];
  /** Looks after the runs from now on. `url`: where the cell is reached, without a slash at the end. */
  begin(access: CellAccess, url: string): void;
  close(): Promise<void>;
}

/** @throws {RunnerFolderOpen} where others than the cell's user may use the folder that the runner takes orders in. */
export async function openProjects({
  options,
  stores,
  clock,
  chance,
  report,
}: CellProjectsParts): Promise<CellProjects> {
  const places = { dataDir: options.dataDir, given: options.projects.workspaces };
  const runner = await processRunner({ ...places, clock, report });
  const logs = fileLogs({ folder: projectLogsFolder(options.dataDir), clock });
  const { table } = stores;
  const quotas = new Quotas({ table, clock });
  const audit = new AuditLog({ table, clock, chance, digest: sha256, report });
  const store = new ProjectStore({ table, clock, chance });
  const openRuns = new OpenRuns({ table, clock, region: LOCAL_REGION });
  const ports = new PortBook({ table, clock, chance, runner, region: LOCAL_REGION, isShared: true });
  const shared = { store, openRuns, ports, quotas, runner, clock, chance };
  let baseUrl = "";
  const { blob, seal } = stores;
  const workspaces = fileWorkspaces(places);
  const archives = folderArchives(
    { dataDir: options.dataDir, blob, clock, chance },
    (tenantId, order, expiresAtEpochMs) => uploadLink(seal, baseUrl, { tenantId, order, expiresAtEpochMs }),
  );
  const shelf = { uploads: new UploadStore({ table, quotas, clock }), archives };
  const projects = new Projects({
    ...{ ...shared, workspaces, digest: sha256 },
    discardUpload: (tenantId, upload) => discardUpload(shelf, tenantId, upload),
  });
  const uploads = new WorkspaceUploads({ ...shared, ...shelf, projects, workspaces, region: LOCAL_REGION });
  const runs = new ProjectRuns(shared);
  const accessUrl = (projectId: string): string => `${baseUrl}/p/${projectId}/`;
  const tools = hostTools({ ...shared, projects, runs, logs, audit, accessUrl });
  const passage = new ProjectPassage(runs);
  const intake = new UploadIntake({ blob, seal, clock });
  const closing = new AbortController();
  let sweeping: Promise<void> | undefined;

  async function sweep(access: CellAccess): Promise<void> {
    const writer = new RunWriter(shared);
    const isActive: Parameters<typeof sweepRuns>[0]["isActive"] = async (tenantId) =>
      (await access.tenancy.policies.policyOf(tenantId))?.status === "active";
    while (!closing.signal.aborted) {
      await sweepRuns({ runs, writer, openRuns, clock, isActive, report }).catch(report);
      await clock.sleep(SWEEP_INTERVAL_MS, closing.signal);
    }
  }

  return {
    toolkits: { [HOST_TOOLKIT]: hostToolkit(tools) },
    passage,
    intake,
    routes: (access, ending) =>
      projectRoutes({
        ...{ access, passage, intake, uploads, projects, ports, runs, store, logs, audit, tools, clock, report },
        closing: ending,
      }),
    begin(access, url) {
      baseUrl = url;
      sweeping = sweep(access);
    },
    async close() {
      closing.abort();
      await sweeping;
      runner.close();
    },
  };
}
