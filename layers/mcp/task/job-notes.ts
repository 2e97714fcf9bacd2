import type { JobRun } from "../../core/job/job-run.ts";
import { JOB_KEPT_MS, JOB_OPEN_MS_MAX } from "../../core/job/limits.ts";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Json, Table } from "../../core/ports/table.ts";
import { jobNoteKey } from "../../core/store/keys.ts";
import { JOB_NOTE_BYTES_MAX, JOB_NOTE_NAME_CHARACTERS_MAX } from "../limits.ts";
import { type JobNotes, ToolError } from "../toolkit/tool.ts";

/** Another run of the job has begun, or the job has ended: what this run does counts no more. */
export class JobRunOver extends Error {
  readonly code = "job_run_over";
  constructor() {
    super("this run of the job is over; another has begun, or the job has ended");
    this.name = "JobRunOver";
  }
}

/** No job can be open longer than its first days and kept longer than its last. */
const NOTE_KEPT_SECONDS = (JOB_OPEN_MS_MAX + JOB_KEPT_MS) / 1_000;

/** What a run of a job writes down, fenced by its term. */
export function jobNotes(
  ports: { readonly table: Table; readonly clock: Clock },
  { job, writer }: Pick<JobRun, "job" | "writer">,
): JobNotes {
  const keyOf = (name: string) => jobNoteKey(job.tenantId, { jobId: job.jobId, name: checkedName(name) });
  return {
    async get(name) {
      const item = await ports.table.get(keyOf(name));
      return typeof item?.note === "string" ? parseNote(item.note) : undefined;
    },
    async put(name, value) {
      const note = JSON.stringify(value);
      if (Buffer.byteLength(note) > JOB_NOTE_BYTES_MAX) {
        throw new ToolError(`The note ${name} is larger than the ${JOB_NOTE_BYTES_MAX} bytes that can be kept.`);
      }
      const expiresAtEpochSeconds = nowEpochSeconds(ports.clock) + NOTE_KEPT_SECONDS;
      const written = await writer.put({ ...keyOf(name), note, expiresAtEpochSeconds });
      if (!written.ok) throw new JobRunOver();
    },
  };
}

function parseNote(text: string): Json {
  return JSON.parse(text);
}

function checkedName(name: string): string {
  if (name.length > 0 && name.length <= JOB_NOTE_NAME_CHARACTERS_MAX && name.isWellFormed()) return name;
  throw new ToolError(`The name of a note has 1 to ${JOB_NOTE_NAME_CHARACTERS_MAX} characters.`);
}
