import type { Chance } from "../ports/chance.ts";
import { ok, type Result, refused } from "../result.ts";

/** Unguessable, and in the order of the submissions: `job_<time><chance>`. The brand is given by this file alone. */
export type JobId = string & { readonly jobIdBrand: unique symbol };

/** Milliseconds in base 36: enough for the next three thousand years, and of one length, so that texts order as times do. */
const TIME_DIGITS = 9;
/** 128 random bits. */
const CHANCE_BYTES = 16;
const JOB_ID_PATTERN = /^job_[0-9a-z]{9}[A-Za-z0-9_-]{22}$/;

export function newJobId(ports: { readonly chance: Chance }, atEpochMs: number): JobId {
  return `${jobIdPrefix(atEpochMs)}${ports.chance.token(CHANCE_BYTES)}` as JobId;
}

export function parseJobId(raw: unknown): Result<JobId, { readonly reason: "job_id_malformed" }> {
  if (typeof raw !== "string" || !JOB_ID_PATTERN.test(raw)) return refused({ reason: "job_id_malformed" });
  return ok(raw as JobId);
}

/** What the ids of all jobs of a moment begin with. */
export function jobIdPrefix(atEpochMs: number): string {
  const latest = 36 ** TIME_DIGITS - 1;
  const time = Math.min(Math.max(0, Math.floor(atEpochMs)), latest);
  return `job_${time.toString(36).padStart(TIME_DIGITS, "0")}`;
}
