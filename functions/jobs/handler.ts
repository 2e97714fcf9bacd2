import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import type { JobSchedules } from "../../layers/core/job/job-schedules.ts";
import type { Jobs } from "../../layers/core/job/jobs.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import { operationRouter } from "../../layers/http/operation/operation-router.ts";
import { jobOperations } from "./job-operations.ts";
import { scheduleOperations } from "./schedule-operations.ts";

export interface JobsHandlerParts {
  readonly jobs: Jobs;
  readonly schedules: JobSchedules;
  readonly audit: AuditLog;
  readonly digest: Digest;
}

/** `/api/jobs` and `/api/schedules`, for callers who were let in. */
export function jobsHandler(parts: JobsHandlerParts): HttpHandler {
  return operationRouter([...jobOperations(parts), ...scheduleOperations(parts)]);
}
