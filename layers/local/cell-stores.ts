import { join } from "node:path";
import type { Clock } from "../core/ports/clock.ts";
import type { Seal } from "../core/ports/seal.ts";
import { hmacSeal } from "../node/hmac-seal.ts";
import { sealKey } from "./seal-key.ts";
import { type SqliteTable, sqliteTable } from "./sqlite-table.ts";

/** Everything that outlives a process, in one folder. */
export interface CellStores {
  readonly table: SqliteTable;
  readonly seal: Seal;
  /** Finishes what was accepted. */
  close(): Promise<void>;
}

/** How often expired items are deleted, and how many at a time. */
const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_ITEMS_MAX = 1_000;

export async function openStores(dataDir: string, clock: Clock): Promise<CellStores> {
  const table = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  const sweeping = setInterval(() => void table.sweep(SWEEP_ITEMS_MAX).catch(() => {}), SWEEP_INTERVAL_MS).unref();
  return {
    table,
    seal: hmacSeal([sealKey(join(dataDir, "seal.key"))]),
    async close() {
      clearInterval(sweeping);
      await table.close();
    },
  };
}
