import type { Blob } from "../ports/blob.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import type { Quotas } from "../quota/quotas.ts";
import type { TenantPolicies } from "../tenant/tenant-policies.ts";
import type { Job } from "./job.ts";
import { JobEntries } from "./job-entries.ts";
import { JobMarks } from "./job-marks.ts";
import { type JobQueues, JobSender } from "./job-message.ts";
import { JobRequests } from "./job-requests.ts";
import { JobStore } from "./job-store.ts";
import { JobValues } from "./job-values.ts";

/** What jobs stand on in one process. */
export interface JobDeps {
  /** The one of regional state. */
  readonly table: Table;
  readonly blob: Blob;
  readonly queues: JobQueues;
  /** On the strongly consistent table. */
  readonly quotas: Quotas;
  readonly policies: Pick<TenantPolicies, "policyOf">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Whose sweeper looks after what is submitted here. */
  readonly region: string;
  /**
   * Does what else follows from a job's end: at least once, before its entry goes, and also where the process that ended it
   * died. Called for every job, so it looks at the job before it looks anywhere else.
   */
  readonly ended?: ((job: Job) => Promise<void>) | undefined;
  /** Told of faults that nobody has to be told of, since the sweeper makes them good. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** The same, with what is made of it once a process. */
export interface JobParts extends JobDeps {
  readonly store: JobStore;
  readonly entries: JobEntries;
  readonly requests: JobRequests;
  readonly marks: JobMarks;
  readonly values: JobValues;
  readonly sender: JobSender;
}

export function jobParts(deps: JobDeps): JobParts {
  return {
    ...deps,
    store: new JobStore(deps.table),
    entries: new JobEntries(deps),
    requests: new JobRequests(deps),
    marks: new JobMarks(deps),
    values: new JobValues(deps),
    sender: new JobSender(deps),
  };
}
