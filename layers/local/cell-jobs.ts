import type { JobPriority } from "../core/job/job.ts";
import type { JobQueues } from "../core/job/job-message.ts";
import type { JobDeps } from "../core/job/job-parts.ts";
import { JobSchedules } from "../core/job/job-schedules.ts";
import { Jobs } from "../core/job/jobs.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import type { Usage } from "../core/usage/usage-kind.ts";
import type { McpServer } from "../mcp/mcp-server.ts";
import { type CellAccess, LOCAL_REGION } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";
import { JOBS_AT_ONCE_MAX } from "./limits.ts";
import type { LocalWorker } from "./local-worker.ts";

export interface CellJobsParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What else follows from a job's end. */
  readonly ended: NonNullable<JobDeps["ended"]>;
  readonly report: (fault: unknown) => void;
}

/** What the workers of a cell are given once it serves. */
export interface CellWorkParts {
  readonly server: McpServer;
  readonly meter: { record(tenantId: TenantId, usage: Usage): void };
  readonly runEnded: (line: object) => void;
}

/** The jobs of a cell: kept in the folder, so that any process on it may submit them and any may run them. */
export class CellJobs {
  readonly deps: JobDeps;
  readonly jobs: Jobs;
  readonly schedules: JobSchedules;
  readonly #parts: CellJobsParts;
  #workers: Promise<readonly LocalWorker[]> | undefined;

  constructor(parts: CellJobsParts) {
    this.#parts = parts;
    const { access, stores, clock, chance, ended, report } = parts;
    const { quotas, policies } = access.tenancy;
    const { table, blob } = stores;
    const place = { region: LOCAL_REGION, ended, report };
    this.deps = { table, blob, queues: this.#queues(), quotas, policies, clock, chance, ...place };
    this.jobs = new Jobs(this.deps);
    this.schedules = new JobSchedules(this.deps);
  }

  /** Opened when the first job is sent, or by the workers. */
  #queues(): JobQueues {
    const { stores } = this.#parts;
    const sender = (priority: JobPriority): JobQueues[JobPriority] => ({
      send: async (...given) => (await stores.jobQueue(priority)).send(...given),
    });
    return { normal: sender("normal"), high: sender("high") };
  }

  /** Begins to run jobs, some time after the start, which a first call need not wait for. */
  work(parts: CellWorkParts): void {
    this.#workers ??= this.#open(parts);
    this.#workers.catch(this.#parts.report);
  }

  async #open({ server, meter, runEnded }: CellWorkParts): Promise<readonly LocalWorker[]> {
    const { access, stores, clock, report } = this.#parts;
    const [{ openLocalWorker }, { jobTaker }, { JobWorker }, { toolJobHandler }, { TOOL_JOB }, { standings }] =
      await Promise.all([
        import("./local-worker.ts"),
        import("../../functions/worker/handler.ts"),
        import("../core/job/job-worker.ts"),
        import("../mcp/task/tool-job-handler.ts"),
        import("../mcp/task/tool-job.ts"),
        import("../core/tenant/standing.ts"),
      ]);
    const standingOf = standings({ policies: access.tenancy.policies, table: stores.table, clock });
    const handlers = new Map([[TOOL_JOB, toolJobHandler(server, { jobs: this.jobs, standingOf })]]);
    const worker = new JobWorker({ ...this.deps, handlers });
    const take = jobTaker({ worker, meter, runEnded });
    const priorities: readonly JobPriority[] = ["high", "normal"];
    return Promise.all(
      priorities.map(async (priority) => {
        const queue = await stores.jobQueue(priority);
        return openLocalWorker({ queue, take, atOnceMax: JOBS_AT_ONCE_MAX[priority], clock, report });
      }),
    );
  }

  /**
   * Takes no more jobs, lets those that run come to an end for `graceMs`, and then has them stopped: they are run again, by
   * another process or after the next start.
   */
  async close(graceMs: number): Promise<void> {
    const workers = await this.#workers?.catch(() => []);
    await Promise.all((workers ?? []).map((worker) => worker.close(graceMs)));
  }
}
