import type { QuotaCounters } from "../quota/quotas.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { openRun, type RunQuota } from "./project.ts";
import type { ProjectStore } from "./project-store.ts";

/** For the reconciler: how many projects there are, and what the runs use that are written down as open. */
export function projectCounters(store: Pick<ProjectStore, "list">): QuotaCounters {
  const sum = (quota: RunQuota["quota"]) => async (tenantId: TenantId) => {
    const taken = (await store.list(tenantId)).flatMap((project) => openRun(project)?.taken ?? []);
    return taken.reduce((total, one) => total + (one.quota === quota ? one.amount : 0), 0);
  };
  return {
    projects: async (tenantId) => (await store.list(tenantId)).length,
    containers: sum("containers"),
    memoryBytes: sum("memoryBytes"),
    cpus: sum("cpus"),
    ports: sum("ports"),
  };
}
