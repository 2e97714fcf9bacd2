import { type JobId, newJobId } from "../job/job-id.ts";
import type { Chance } from "../ports/chance.ts";

const PREFIX = "req-";
const JOB_PREFIX = "job_";
/** The time and the chance of a job's id. */
const QUESTION_ID_PATTERN = /^req-[0-9a-z]{9}[A-Za-z0-9_-]{22}$/;

/** Unguessable, and in the order of time. Its beginning is the Frontend Router's. */
export function newQuestionId(ports: { readonly chance: Chance }, atEpochMs: number): string {
  return questionIdOfJob(newJobId(ports, atEpochMs));
}

/** The one question of a job: whichever of its runs asks, it is the same. */
export function questionIdOfJob(jobId: JobId): string {
  return `${PREFIX}${jobId.slice(JOB_PREFIX.length)}`;
}

export const isQuestionId = (raw: string): boolean => QUESTION_ID_PATTERN.test(raw);
