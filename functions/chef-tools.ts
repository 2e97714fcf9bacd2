import { type FunctionRole, functionCache } from "../layers/aws/function-cache.ts";
import type { Chance } from "../layers/core/ports/chance.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { Table } from "../layers/core/ports/table.ts";
import type { Quotas } from "../layers/core/quota/quotas.ts";
import { processBaker } from "../layers/cyberchef/baker.ts";
import { operationIndex } from "../layers/cyberchef/operation-index.ts";
import { cyberchefToolkit } from "../layers/cyberchef/tools/cyberchef-toolkit.ts";
import { BAKE_TIMEOUT_MS_MAX } from "../layers/cyberchef/tools/limits.ts";
import type { Toolkit } from "../layers/mcp/toolkit/tool.ts";
import { lruCache } from "../layers/node/lru-cache.ts";
import {
  BAKE_MEMORY_BYTES_MAX,
  BAKE_PROCESSES_MAX,
  BAKE_QUEUE_MAX,
  CACHE_BYTES_MAX,
  CACHE_ENTRIES_MAX,
} from "./bake-limits.ts";
import type { ToolConfig } from "./tool-settings.ts";

export interface ChefToolsParts {
  readonly config: ToolConfig;
  readonly role: FunctionRole;
  readonly table: Table;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** The CyberChef tools of a function, with processes that bake and the cache of its region. */
export function chefTools({ config, role, table, quotas, clock, chance }: ChefToolsParts): Toolkit {
  const cache =
    functionCache(config, role, clock) ?? lruCache({ clock, entriesMax: CACHE_ENTRIES_MAX, bytesMax: CACHE_BYTES_MAX });
  const index = operationIndex(config.CYBERCHEF_DIR);
  const baker = processBaker({
    buildDir: config.CYBERCHEF_DIR,
    index,
    processesMax: BAKE_PROCESSES_MAX,
    memoryBytesMax: BAKE_MEMORY_BYTES_MAX,
    queueMax: BAKE_QUEUE_MAX,
    operationTimeoutMs: BAKE_TIMEOUT_MS_MAX,
    clock,
  });
  return cyberchefToolkit({ surface: config.SURFACE, baker, index, table, quotas, cache, clock, chance });
}
