import { join } from "node:path";
import type { JobPriority } from "../core/job/job.ts";
import { sweepJobValues } from "../core/job/sweep-job-values.ts";
import type { Blob } from "../core/ports/blob.ts";
import type { Cache } from "../core/ports/cache.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Queue } from "../core/ports/queue.ts";
import type { Seal } from "../core/ports/seal.ts";
import type { Table } from "../core/ports/table.ts";
import type { FaultReport } from "../http/fault-reply.ts";
import { sweepStoredTexts } from "../mcp/legacy/stored-text.ts";
import { lruCache } from "../node/lru-cache.ts";
import { type CellSecrets, cellSecrets } from "./cell-secrets.ts";
import { fileBlob } from "./file-blob.ts";
import {
  CACHE_BYTES_MAX,
  CACHE_ENTRIES_MAX,
  JOB_RECEIVES_MAX,
  LANE_RECEIVES_MAX,
  RECEIVES_MAX,
  SWEEP_COUNT_MAX,
  SWEEP_INTERVAL_MS,
} from "./limits.ts";
import { type SqliteQueue, type SqliteQueueOptions, sqliteQueue } from "./sqlite-queue.ts";
import { sqliteTable } from "./sqlite-table.ts";

/** What a cell remembers. All but the cache outlives the process, in one folder. */
export interface CellStores {
  readonly table: Table;
  readonly blob: Blob;
  readonly cache: Cache;
  readonly seal: Seal;
  readonly secrets: CellSecrets;
  /** Of what tenants use. Opened when it is first asked for. */
  queue(): Promise<Queue>;
  /** Of jobs. Opened when it is first asked for. */
  jobQueue(priority: JobPriority): Promise<Queue>;
  /** Of what is to be brought to those who are connected. Opened when it is first asked for. */
  messageQueue(): Promise<Queue>;
  /** Starts the thread that writes, which the first write would otherwise wait for. */
  warm(): void;
  /** Finishes what was accepted. */
  close(): Promise<void>;
}

const JOB_QUEUES: Readonly<Record<JobPriority, string>> = { normal: "jobs", high: "jobs-high" };

/**
 * @throws {StoreFault} when the folder's table can't be opened.
 * @throws {SealKeyUnreadable} when the folder's key is none.
 */
export async function openStores(
  dataDir: string,
  { clock, chance, report }: { readonly clock: Clock; readonly chance: Chance; readonly report: FaultReport },
): Promise<CellStores> {
  const secrets = cellSecrets(join(dataDir, "seal.key"));
  const table = await sqliteTable({ file: join(dataDir, "state.sqlite"), clock });
  const blob = fileBlob({ folder: join(dataDir, "blobs"), clock, chance });
  const queues = new Map<string, Promise<SqliteQueue>>();
  const queue = (name: string, kept: Pick<SqliteQueueOptions, "receivesMax" | "committed">): Promise<SqliteQueue> => {
    const file = join(dataDir, `${name}.sqlite`);
    const opened = queues.get(name) ?? sqliteQueue({ file, clock, chance, ...kept });
    queues.set(name, opened);
    return opened;
  };
  const sweepValues = sweepJobValues({ blob, clock });
  const sweep = async (): Promise<void> => {
    try {
      await table.sweep(SWEEP_COUNT_MAX);
      await sweepStoredTexts({ blob, clock });
      await sweepValues(SWEEP_COUNT_MAX);
      await blob.sweep(SWEEP_COUNT_MAX);
    } catch (fault) {
      report(fault, "none");
    }
  };
  const sweeping = setInterval(() => void sweep(), SWEEP_INTERVAL_MS).unref();
  return {
    table,
    blob,
    cache: lruCache({ clock, entriesMax: CACHE_ENTRIES_MAX, bytesMax: CACHE_BYTES_MAX }),
    seal: secrets.seal,
    secrets,
    queue: () => queue("usage", { receivesMax: RECEIVES_MAX }),
    // What a power cut takes of it the sweeper sends again.
    jobQueue: (priority) => queue(JOB_QUEUES[priority], { receivesMax: JOB_RECEIVES_MAX, committed: "to system" }),
    // What a power cut takes of it was for connections that it has taken too.
    messageQueue: () => queue("messages", { receivesMax: LANE_RECEIVES_MAX, committed: "to system" }),
    warm: () => table.warm(),
    async close() {
      clearInterval(sweeping);
      const opened = await Promise.all(queues.values());
      await Promise.all([table, blob, ...opened].map((store) => store.close()));
    },
  };
}
