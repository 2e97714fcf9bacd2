import { isEnd, type Job } from "../../core/job/job.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { type TaskParts, taskNow } from "./task-methods.ts";
import type { DetailedTask } from "./task-view.ts";
import { toolJobOf } from "./tool-job.ts";

/**
 * Some tasks of one listener. They are looked at where they lie and not told by a feed: a change of a job costs no write
 * that hardly anybody reads, and none can be missed.
 */
export class TaskWatch {
  readonly #parts: TaskParts;
  /** Those that have not been told as ended, and what was told of each last. */
  readonly #open: Map<Place, Told>;
  readonly taskIds: readonly string[];

  private constructor(parts: TaskParts, jobs: readonly Job[]) {
    this.#parts = parts;
    this.#open = new Map(jobs.map(({ tenantId, jobId }) => [{ tenantId, jobId }, NOTHING_TOLD]));
    this.taskIds = jobs.map(({ jobId }) => jobId);
  }

  /** Of the tasks that are there for this principal; the others are left out. */
  static async open(parts: TaskParts, principal: Principal, taskIds: readonly string[]): Promise<TaskWatch> {
    const jobs = await Promise.all([...new Set(taskIds)].map((taskId) => toolJobOf(parts.jobs, principal, taskId)));
    return new TaskWatch(
      parts,
      jobs.filter((job) => job !== undefined),
    );
  }

  /** Those that have changed since the last time; at first all, so that no change before it is missed. */
  async read(): Promise<readonly DetailedTask[]> {
    const looked = await Promise.all([...this.#open].map(([watched, told]) => this.#look(watched, told)));
    return looked.filter((task) => task !== undefined);
  }

  async #look(watched: Place, told: Told): Promise<DetailedTask | undefined> {
    const job = await this.#parts.jobs.get(watched.tenantId, watched.jobId);
    if (job === undefined || isEnd(job.state)) this.#open.delete(watched);
    if (job === undefined || job.revision === told.revision) return undefined;
    const task = await taskNow(this.#parts, job);
    const shown = shownOf(task);
    if (!isEnd(job.state)) this.#open.set(watched, { revision: job.revision, shown });
    return shown === told.shown ? undefined : task;
  }
}

type Place = Pick<Job, "tenantId" | "jobId">;

interface Told {
  readonly revision: number;
  readonly shown: string;
}

/** Revisions are counted from 1. */
const NOTHING_TOLD: Told = { revision: 0, shown: "" };

/** What is worth telling: that a worker has begun is not. */
function shownOf({ lastUpdatedAt: _when, ttlMs: _until, ...task }: DetailedTask): string {
  return JSON.stringify(task);
}
