import { parsedJson } from "../parsed-json.ts";
import { DELAY_SECONDS_MAX, type Queue } from "../ports/queue.ts";
import { StoreFault } from "../ports/store-fault.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type Job, type JobPriority, startsAt } from "./job.ts";
import { type JobId, parseJobId } from "./job-id.ts";

/** Where jobs of each priority wait. Both may be one queue. */
export type JobQueues = Readonly<Record<JobPriority, Pick<Queue, "send">>>;

/** All that a message tells: which job, and when it was to be ready. The job itself says the rest. */
export interface JobMessage {
  readonly jobId: JobId;
  readonly readyAtEpochMs: number;
}

export function jobMessageBody({ jobId, readyAtEpochMs }: JobMessage): string {
  return JSON.stringify({ jobId, readyAtEpochMs });
}

/** Undefined of what is none. */
export function parseJobMessage(body: string): JobMessage | undefined {
  const raw = parsedJson(body);
  if (typeof raw !== "object" || raw === null || !("jobId" in raw) || !("readyAtEpochMs" in raw)) return undefined;
  const jobId = parseJobId(raw.jobId);
  if (!jobId.ok || typeof raw.readyAtEpochMs !== "number") return undefined;
  return { jobId: jobId.value, readyAtEpochMs: raw.readyAtEpochMs };
}

/** Sends jobs to their workers. */
export class JobSender {
  readonly #queues: JobQueues;
  readonly #nowMs: () => number;
  readonly #report: (fault: unknown) => void;

  constructor(deps: {
    readonly queues: JobQueues;
    readonly clock: { readonly nowMs: () => number };
    readonly report: (fault: unknown) => void;
  }) {
    this.#queues = deps.queues;
    this.#nowMs = () => deps.clock.nowMs();
    this.#report = deps.report;
  }

  /** Sends a job that nobody runs, for when it is to start. One that has to be answered first is not sent. */
  async sendStart(job: Job): Promise<boolean> {
    const readyAtEpochMs = startsAt(job);
    return readyAtEpochMs === undefined || this.send(job.tenantId, { ...job, readyAtEpochMs });
  }

  /**
   * Sends a job that is ready within what a queue can delay; a later one the sweeper sends in time.
   *
   * @returns false where the queue could not be reached: the sweeper sends it again.
   */
  async send(tenantId: TenantId, job: Pick<Job, "jobId" | "readyAtEpochMs" | "priority">): Promise<boolean> {
    const delaySeconds = Math.max(0, Math.ceil((job.readyAtEpochMs - this.#nowMs()) / 1_000));
    if (delaySeconds > DELAY_SECONDS_MAX) return true;
    try {
      const sent = await this.#queues[job.priority].send(tenantId, {
        body: jobMessageBody(job),
        ...(delaySeconds > 0 && { delaySeconds }),
      });
      return sent.ok;
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      this.#report(fault);
      return false;
    }
  }
}
