import { isEnd, type Job } from "../../core/job/job.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { type TaskParts, taskJob, taskNow } from "./task-methods.ts";
import type { DetailedTask } from "./task-view.ts";

/**
 * Some tasks of one listener. They are looked at where they lie and not told by a feed: a change of a job costs no write
 * that hardly anybody reads, and none can be missed.
 */
export class TaskWatch {
  readonly #parts: TaskParts;
  /** Those that have not been told as ended, by the revision that was told last. */
  readonly #open: Map<Job, number>;
  readonly taskIds: readonly string[];

  private constructor(parts: TaskParts, jobs: readonly Job[]) {
    this.#parts = parts;
    this.#open = new Map(jobs.map((job) => [job, NOTHING_TOLD]));
    this.taskIds = jobs.map(({ jobId }) => jobId);
  }

  /** Of the tasks that are there for this principal; the others are left out. */
  static async open(parts: TaskParts, principal: Principal, taskIds: readonly string[]): Promise<TaskWatch> {
    const jobs = await Promise.all([...new Set(taskIds)].map((taskId) => taskJob(parts, principal, taskId)));
    return new TaskWatch(
      parts,
      jobs.filter((job) => job !== undefined),
    );
  }

  /** Those that have changed since the last time; at first all, so that no change before it is missed. */
  async read(): Promise<readonly DetailedTask[]> {
    const looked = await Promise.all([...this.#open].map(([job, told]) => this.#look(job, told)));
    return looked.filter((task) => task !== undefined);
  }

  async #look(watched: Job, toldRevision: number): Promise<DetailedTask | undefined> {
    const job = await this.#parts.jobs.get(watched.tenantId, watched.jobId);
    if (job === undefined || isEnd(job.state)) this.#open.delete(watched);
    else this.#open.set(watched, job.revision);
    return job === undefined || job.revision === toldRevision ? undefined : taskNow(this.#parts, job);
  }
}

/** Revisions are counted from 1. */
const NOTHING_TOLD = 0;
