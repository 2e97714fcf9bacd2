import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { reconcileQuotas } from "../core/quota/reconcile-quotas.ts";
import { RecipeStore } from "../core/recipe/recipe-store.ts";
import { TenantErasure } from "../core/tenant/tenant-erasure.ts";
import { recipeIdOf } from "../cyberchef/tools/recipe-id.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";
import { AUDIT_FLUSH_INTERVAL_MS, ERASE_DELETIONS_MAX, ERASE_INTERVAL_MS, RECONCILE_INTERVAL_MS } from "./limits.ts";

export interface CellUpkeepParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: (fault: unknown) => void;
}

/** What is done for tenants without being asked: in the cloud a schedule does it. Ends with its last run. */
export function cellUpkeep({ access, stores, clock, chance, report }: CellUpkeepParts): { close(): Promise<void> } {
  const { audit, quotas, tenants, apiKeys } = access.tenancy;
  const { table, blob } = stores;
  const closing = new AbortController();
  const recipes = new RecipeStore({ table, quotas, clock, chance, recipeIdOf });
  const erasure = new TenantErasure({ control: table, tables: [table], blobs: [blob], clock, chance, audit });
  const counters = {
    recipes: (tenantId) => recipes.countStored(tenantId),
    apiKeys: (tenantId) => apiKeys.countStored(tenantId),
  } satisfies Parameters<typeof reconcileQuotas>[0]["counters"];

  async function every(intervalMs: number, work: () => Promise<unknown>): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(intervalMs, closing.signal);
      if (closing.signal.aborted) return;
      await work().catch(report);
    }
  }

  const untilEpochMs = () => clock.nowMs() + RECONCILE_INTERVAL_MS;
  const runs = [
    every(AUDIT_FLUSH_INTERVAL_MS, () => audit.flush("over")),
    every(RECONCILE_INTERVAL_MS, () =>
      reconcileQuotas({ quotas, counters, tenants: tenants.all(), clock, untilEpochMs: untilEpochMs(), report }),
    ),
    every(ERASE_INTERVAL_MS, () => erasure.run({ deletionsMax: ERASE_DELETIONS_MAX, signal: closing.signal })),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(runs);
      await audit.flush("all");
    },
  };
}
