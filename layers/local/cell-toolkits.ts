import { availableParallelism } from "node:os";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { Quotas } from "../core/quota/quotas.ts";
import type { Baker } from "../core/recipe/baker.ts";
import { ok, type Result } from "../core/result.ts";
import { processBaker } from "../cyberchef/baker.ts";
import { operationIndex } from "../cyberchef/operation-index.ts";
import { cyberchefToolkit } from "../cyberchef/tools/cyberchef-toolkit.ts";
import { BAKE_TIMEOUT_MS_MAX } from "../cyberchef/tools/limits.ts";
import type { Toolkits } from "../mcp/toolkit/tool.ts";
import type { CellStores } from "./cell-stores.ts";
import { BAKE_MEMORY_BYTES_MAX, BAKE_PROCESSES_MAX, BAKE_QUEUE_MAX } from "./limits.ts";
import type { CellOptions } from "./options.ts";
import { places } from "./places.ts";
import type { ToolkitProblem } from "./toolkit-file.ts";

export interface CellToolkits {
  readonly toolkits: Toolkits;
  /** Ends the processes that bake. */
  close(): Promise<void>;
}

/** The CyberChef tools, those of the people who run the cell, and what else it has. */
export async function cellToolkits(
  { surface, toolkitFiles }: CellOptions,
  ports: CellStores & { readonly clock: Clock; readonly chance: Chance; readonly others: Toolkits },
): Promise<Result<CellToolkits, ToolkitProblem>> {
  const { cyberchefFolder, toolkitApi } = places();
  const index = operationIndex(cyberchefFolder);
  const baker: Baker = processBaker({
    buildDir: cyberchefFolder,
    index,
    processesMax: Math.min(availableParallelism(), BAKE_PROCESSES_MAX),
    memoryBytesMax: BAKE_MEMORY_BYTES_MAX,
    queueMax: BAKE_QUEUE_MAX,
    operationTimeoutMs: BAKE_TIMEOUT_MS_MAX,
    clock: ports.clock,
  });
  const cyberchef = cyberchefToolkit({ ...ports, quotas: new Quotas(ports), surface, baker, index });
  const builtIn = { cyberchef, ...ports.others };
  const close = (): Promise<void> => baker.close();
  if (toolkitFiles.length === 0) return ok({ toolkits: builtIn, close });
  const { loadToolkits } = await import("./toolkit-file.ts");
  const loaded = await loadToolkits(toolkitFiles, { api: toolkitApi, builtIn });
  return loaded.ok ? ok({ toolkits: { ...builtIn, ...loaded.value }, close }) : loaded;
}
