import * as z from "zod";

/** What a function is told that sends jobs to their workers. */
export const JOB_QUEUE_SETTINGS = {
  /** Where jobs wait. */
  JOBS_QUEUE_URL: z.url({ protocol: /^https?$/ }),
  /** Where those of a high priority do. */
  JOBS_HIGH_QUEUE_URL: z.url({ protocol: /^https?$/ }),
};

const JobQueueConfig = z.object(JOB_QUEUE_SETTINGS);
export type JobQueueConfig = z.infer<typeof JobQueueConfig>;
