import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Job } from "./job.ts";
import { firstLookAt } from "./job-entries.ts";
import type { JobId } from "./job-id.ts";
import type { JobParts } from "./job-parts.ts";
import type { JobRedriveProblem } from "./job-problem.ts";
import { asSeen, inState } from "./job-store.ts";
import type { JobSubmission } from "./job-submission.ts";
import { JOB_CHANGE_ATTEMPTS_MAX, JOB_OPEN_MS_MAX } from "./limits.ts";

/**
 * Drives a failed job once more, in the order of a submission: place, entry, job, message. Its entry is another than that
 * of its life before, so that neither is taken for the other. Whoever dies in between leaves a failed job, and an entry that
 * the sweeper deletes once it has seen to it that nobody comes late: it counts the job's drives up itself.
 */
export async function redriveJob(
  { parts, submission }: { readonly parts: JobParts; readonly submission: JobSubmission },
  tenantId: TenantId,
  jobId: JobId,
): Promise<Result<Job, JobRedriveProblem>> {
  for (let attempt = 1; attempt <= JOB_CHANGE_ATTEMPTS_MAX; attempt++) {
    const job = await parts.store.get(tenantId, jobId);
    if (job === undefined) return refused({ reason: "job_unknown" });
    if (job.state !== "failed") return refused({ reason: "job_state_wrong", state: job.state });
    const place = await submission.takePlace(tenantId);
    if (!place.ok) return place;
    const giveBack = () => parts.quotas.giveBack(tenantId, "jobsInFlight", place.value);
    if (!(await parts.values.renew(job.input))) {
      await giveBack();
      return refused({ reason: "job_input_gone" });
    }
    const driven = await drive(parts, job, giveBack);
    if (driven !== undefined) return ok(driven);
  }
  return refused({ reason: "job_contended", attempts: JOB_CHANGE_ATTEMPTS_MAX });
}

/** Undefined where the job was changed meanwhile. */
async function drive(parts: JobParts, job: Job, giveBack: () => Promise<void>): Promise<Job | undefined> {
  const { clock, entries, marks, store, sender } = parts;
  const { tenantId, jobId } = job;
  const nowMs = clock.nowMs();
  const next = { jobId, drive: job.drive + 1 };
  const isOpened = await entries.open(tenantId, next, firstLookAt(nowMs, nowMs));
  if (!isOpened) await giveBack();
  await marks.mark(tenantId);
  const driven = await store.change(tenantId, jobId, {
    change: {
      set: {
        state: "queued",
        attempts: 0,
        readyAtEpochMs: nowMs,
        endByEpochMs: nowMs + JOB_OPEN_MS_MAX,
        changedAtEpochMs: nowMs,
      },
      add: { revision: 1, drive: 1 },
      remove: [
        "failure",
        "endedAtEpochMs",
        "expiresAtEpochSeconds",
        "cancelAskedAtEpochMs",
        "progress",
        "leaseUntilEpochMs",
      ],
    },
    where: [inState("failed"), ...asSeen(job)],
  });
  if (driven.ok) {
    await sender.send(tenantId, driven.value);
    return driven.value;
  }
  // The entry stays: another may be driving the job under it, and else the sweeper sees to it.
  return undefined;
}
