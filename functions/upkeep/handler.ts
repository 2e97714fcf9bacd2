import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import { type BilledTenant, billTenants } from "../../layers/core/billing/bill-tenants.ts";
import { Invoices } from "../../layers/core/billing/invoices.ts";
import { PlanHistory } from "../../layers/core/billing/plan-history.ts";
import type { Connections } from "../../layers/core/connection/connections.ts";
import type { JobDeps } from "../../layers/core/job/job-parts.ts";
import { JobSweep, type TenantSweep } from "../../layers/core/job/job-sweep.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import type { LogStore } from "../../layers/core/log/log-store.ts";
import type { Blob } from "../../layers/core/ports/blob.ts";
import type { Chance } from "../../layers/core/ports/chance.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Runner } from "../../layers/core/ports/runner.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import type { WorkspaceArchives } from "../../layers/core/ports/workspace-archives.ts";
import { OpenRuns } from "../../layers/core/project/open-runs.ts";
import { PortBook } from "../../layers/core/project/port-book.ts";
import { projectCounters } from "../../layers/core/project/project-counters.ts";
import { ProjectRuns } from "../../layers/core/project/project-runs.ts";
import { ProjectStore } from "../../layers/core/project/project-store.ts";
import { sweepRuns } from "../../layers/core/project/run-sweep.ts";
import { RunWriter } from "../../layers/core/project/run-writer.ts";
import type { QuestionSweep } from "../../layers/core/question/question-sweep.ts";
import type { QuotaCounters, Quotas } from "../../layers/core/quota/quotas.ts";
import { reconcileQuotas } from "../../layers/core/quota/reconcile-quotas.ts";
import { TENANT_LIMITS } from "../../layers/core/quota/tenant-limits.ts";
import { RecipeStore } from "../../layers/core/recipe/recipe-store.ts";
import { countApiKeys } from "../../layers/core/tenant/api-keys.ts";
import { TenantErasure } from "../../layers/core/tenant/tenant-erasure.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { TenantFolders, TenantStores } from "../../layers/core/tenant/tenant-remains.ts";
import { TenantStore } from "../../layers/core/tenant/tenant-store.ts";
import { UsageBook } from "../../layers/core/usage/usage-book.ts";
import { UsageLedger } from "../../layers/core/usage/usage-ledger.ts";
import { type MarkTiming, UsageMarks } from "../../layers/core/usage/usage-marks.ts";
import { UsageRollUp } from "../../layers/core/usage/usage-roll-up.ts";
import { UserSessionPlaces } from "../../layers/core/user-session/user-session-places.ts";
import { UploadStore, uploadCounters } from "../../layers/core/workspace/upload-store.ts";
import { sweepUploads } from "../../layers/core/workspace/upload-sweep.ts";
import { recipeIdOf } from "../../layers/cyberchef/tools/recipe-id.ts";
import type { Work } from "../../layers/http/lambda/lambda-schedule.ts";
import { ERASE_DELETIONS_MAX } from "./limits.ts";

export interface UpkeepParts {
  /** Regional state, and the strongly consistent table of the fleet. */
  readonly state: Table;
  readonly control: Table;
  readonly blob: Blob;
  /** What lies in the other regions. @default - there are none */
  readonly blobsElsewhere?: readonly Blob[];
  /** Where workspaces lie that were uploaded. @default - nowhere */
  readonly archives?: Pick<WorkspaceArchives, "pages" | "remove">;
  /** Where tenants have folders of their own. @default - nowhere */
  readonly folders?: TenantFolders;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audit: AuditLog;
  readonly quotas: Quotas;
  /** Where jobs wait, and what they are held against. */
  readonly jobs: Pick<JobDeps, "queues" | "policies" | "ended">;
  /** What people are asked; left out where nobody can be. */
  readonly questions?: Pick<QuestionSweep, "sweep"> | undefined;
  /** Who is connected. @default - nobody can */
  readonly connections?: Pick<Connections, "countStored">;
  /** What runs projects in this region; left out where nothing does, or somebody else looks after them. */
  readonly runner?: Runner | undefined;
  /** Where lines of projects lie that are not over by themselves before their tenant's grace is. */
  readonly logs?: Pick<LogStore, "projects" | "erase">;
  readonly region: string;
  readonly timing: MarkTiming;
  /** Told of what failed for one tenant: the next run tries again. */
  readonly report: (fault: unknown) => void;
}

/** What is done for tenants without being asked, by the names that schedules know. */
export function upkeepWorks(parts: UpkeepParts): ReadonlyMap<string, Work> {
  return new Map([
    ["roll-up", rollUp(parts)],
    ["sweep-jobs", sweepJobs(parts)],
    ["bill", bill(parts)],
    ["reconcile", reconcile(parts)],
    ["sweep-runs", sweepProjects(parts)],
    ["sweep-workspaces", sweepWorkspaces(parts)],
    ["erase", erase(parts)],
  ]);
}

function rollUp({ state: table, clock, region, timing, report }: UpkeepParts): Work {
  const marks = new UsageMarks({ table, clock, region, timing });
  const sums = new UsageRollUp({ table, clock, region, marks, report });
  return (bounds) => sums.run(bounds);
}

function bill({ state, control, clock, quotas, region, timing, report }: UpkeepParts): Work {
  const marks = new UsageMarks({ table: state, clock, region, timing });
  const ledger = new UsageLedger({ table: state, clock, region, marks });
  const plans = new PlanHistory(control, clock);
  const invoices = new Invoices({ table: control, clock, usage: new UsageBook(state), plans });
  const tenants = new TenantStore(control);
  const storedBytes = async ({ tenantId }: BilledTenant): Promise<number> => {
    const { storageBytes, objectBytes } = await quotas.uses(tenantId, TENANT_LIMITS);
    return storageBytes.used + objectBytes.used;
  };
  return (bounds) =>
    billTenants({ pages: pagesOf(tenants), plans, invoices, ledger, storedBytes, clock, report, ...bounds });
}

async function* pagesOf(tenants: Pick<TenantStore, "list">, after?: TenantId): AsyncGenerator<readonly BilledTenant[]> {
  let cursor: string | undefined = after;
  do {
    const page = await tenants.list({ cursor });
    yield page.tenants;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The clock of jobs, and of what people are asked: what is lost or left behind is brought on, and what is due is begun. */
function sweepJobs(parts: UpkeepParts): Work {
  const { questions } = parts;
  const others: readonly TenantSweep[] = questions === undefined ? [] : [(...of) => questions.sweep(...of)];
  const sweep = new JobSweep({ ...jobDeps(parts), others });
  return (bounds) => sweep.run(bounds);
}

/** What becomes of runs that nobody looks at: their ends are written down, and those of suspended tenants are stopped. */
function sweepProjects({ state: table, clock, chance, quotas, runner, region, jobs, report }: UpkeepParts): Work {
  if (runner === undefined) return async () => ({ isFinished: true });
  const store = new ProjectStore({ table, clock, chance });
  const openRuns = new OpenRuns({ table, clock, region });
  const ports = new PortBook({ table, clock, chance, runner, region, isShared: false });
  const shared = { store, openRuns, ports, quotas, runner, clock, chance };
  const [runs, writer] = [new ProjectRuns(shared), new RunWriter(shared)];
  const isActive = async (tenantId: TenantId): Promise<boolean> =>
    (await jobs.policies.policyOf(tenantId))?.status === "active";
  return async () => {
    await sweepRuns({ runs, writer, openRuns, clock, isActive, report });
    return { isFinished: true };
  };
}

/** What was uploaded in this region and is nobody's workspace. */
function sweepWorkspaces({ state: table, clock, chance, quotas, archives, report }: UpkeepParts): Work {
  if (archives === undefined) return async () => ({ isFinished: true });
  const store = new ProjectStore({ table, clock, chance });
  const uploads = new UploadStore({ table, quotas, clock });
  return ({ untilEpochMs }) => sweepUploads({ store, uploads, archives, clock, untilEpochMs, report });
}

function jobDeps({ state: table, jobs, ...parts }: UpkeepParts): JobDeps {
  return { ...parts, ...jobs, table };
}

function reconcile(parts: UpkeepParts): Work {
  const { state, control, clock, chance, quotas, connections, report } = parts;
  const recipes = new RecipeStore({ table: state, quotas, clock, chance, recipeIdOf });
  const sessionPlaces = new UserSessionPlaces({ table: state, quotas, clock });
  const jobs = new Jobs(jobDeps(parts));
  const store = new TenantStore(control);
  const counters: QuotaCounters = {
    recipes: (tenantId) => recipes.countStored(tenantId),
    userSessions: (tenantId) => sessionPlaces.countStored(tenantId),
    apiKeys: (tenantId) => countApiKeys(control, tenantId),
    jobsInFlight: (tenantId) => jobs.openJobs(tenantId),
    ...(connections !== undefined && { connections: (tenantId) => connections.countStored(tenantId) }),
    ...projectCounters(new ProjectStore({ table: state, clock, chance })),
    ...uploadCounters(new UploadStore({ table: state, quotas, clock })),
  };
  async function* pages(after: TenantId | undefined) {
    for await (const page of pagesOf(store, after)) yield page.map(({ tenantId }) => tenantId);
  }
  return (bounds) => reconcileQuotas({ quotas, counters, pages, table: control, clock, report, ...bounds });
}

/** Of all regions: where one of them does not answer, the tenant is buried by a later run. */
function erase(parts: UpkeepParts): Work {
  const { state, control, blob, blobsElsewhere = [], logs, folders, clock, chance, audit } = parts;
  const stores: TenantStores = {
    tables: [state, control],
    blobs: [blob, ...blobsElsewhere],
    ...(logs !== undefined && { logs: [logs] }),
    ...(folders !== undefined && { folders: [folders] }),
  };
  const erasure = new TenantErasure({ control, ...stores, clock, chance, audit });
  return async ({ untilEpochMs, signal }) => {
    const [over, ended] = [new AbortController(), new AbortController()];
    const time = clock.sleep(Math.max(0, untilEpochMs - clock.nowMs()), ended.signal).then(() => over.abort());
    const signals = signal === undefined ? [over.signal] : [over.signal, signal];
    try {
      const bounds = { deletionsMax: ERASE_DELETIONS_MAX, signal: AbortSignal.any(signals) };
      const { isUnfinished } = await erasure.run(bounds);
      return { isFinished: !isUnfinished };
    } finally {
      ended.abort();
      await time;
    }
  };
}
