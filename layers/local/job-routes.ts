import type { Route } from "../http/router.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellJobs } from "./cell-jobs.ts";
import { loadedAtFirstCall } from "./loaded-at-first-call.ts";

const JOBS_METHODS = ["GET", "POST"] as const;
const SCHEDULES_METHODS = ["GET", "POST", "DELETE"] as const;

/** Jobs and their schedules. Loaded at the first call: not every cell is asked for them. */
export function jobRoutes(access: CellAccess, { jobs, schedules }: CellJobs): readonly Route[] {
  const handler = loadedAtFirstCall(async () => {
    const [{ jobsHandler }, { sha256 }] = await Promise.all([
      import("../../functions/jobs/handler.ts"),
      import("../node/sha256.ts"),
    ]);
    return access.gated(jobsHandler({ jobs, schedules, audit: access.tenancy.audit, digest: sha256 }));
  });
  return [
    { path: "/api/jobs", methods: JOBS_METHODS, handler },
    { path: "/api/jobs/", methods: JOBS_METHODS, handler },
    { path: "/api/schedules", methods: ["GET", "POST"], handler },
    { path: "/api/schedules/", methods: SCHEDULES_METHODS, handler },
  ];
}
