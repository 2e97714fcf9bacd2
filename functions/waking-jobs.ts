import { Jobs } from "../layers/core/job/jobs.ts";
import type { QuestionDeps } from "../layers/core/question/question-parts.ts";
import type { GatedFunction } from "./gated-function.ts";
import type { JobQueueConfig } from "./job-queue-settings.ts";
import { jobQueues } from "./job-queues.ts";
import { NO_BLOB } from "./no-blob.ts";

/** What lets jobs go on in a function that does nothing else with them. */
export function wakingJobs(self: GatedFunction, config: JobQueueConfig): QuestionDeps["wake"] {
  const { state: table, clock, chance, role, sqs, logs, tenancy } = self;
  const { quotas, policies } = tenancy;
  const jobs = new Jobs({
    ...{ table, quotas, policies, clock, chance, blob: NO_BLOB },
    queues: jobQueues(config, sqs),
    region: role.region,
    report: (fault) => logs.reportFault(fault, "none"),
  });
  return (...of) => jobs.wake(...of);
}
