import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import type { Route } from "../http/router.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellJobs } from "./cell-jobs.ts";

const JOBS_METHODS = ["GET", "POST"] as const;
const SCHEDULES_METHODS = ["GET", "POST", "DELETE"] as const;

/** Jobs and their schedules. Loaded at the first call: not every cell is asked for them. */
export function jobRoutes(access: CellAccess, { jobs, schedules }: CellJobs): readonly Route[] {
  let loading: Promise<HttpHandler<DoorCall>> | undefined;
  const load = async (): Promise<HttpHandler<DoorCall>> => {
    const [{ jobsHandler }, { sha256 }] = await Promise.all([
      import("../../functions/jobs/handler.ts"),
      import("../node/sha256.ts"),
    ]);
    return access.gated(jobsHandler({ jobs, schedules, audit: access.tenancy.audit, digest: sha256 }));
  };
  const handler: HttpHandler<DoorCall> = async (request, call) => {
    loading ??= load();
    return (await loading)(request, call);
  };
  return [
    { path: "/api/jobs", methods: JOBS_METHODS, handler },
    { path: "/api/jobs/", methods: JOBS_METHODS, handler },
    { path: "/api/schedules", methods: ["GET", "POST"], handler },
    { path: "/api/schedules/", methods: SCHEDULES_METHODS, handler },
  ];
}
