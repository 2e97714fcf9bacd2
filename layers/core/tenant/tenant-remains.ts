import type { LogStore } from "../log/log-store.ts";
import type { Blob } from "../ports/blob.ts";
import type { Table } from "../ports/table.ts";
import { BLOB_KINDS, blobKey, type Erasure, RECORD_KINDS, type RecordKind, recordPartition } from "../store/keys.ts";
import { DELETIONS_AT_ONCE } from "./limits.ts";
import type { TenantId } from "./tenant-id.ts";

export interface TenantStores {
  /** Every table that a tenant's records may lie in. */
  readonly tables: readonly Table[];
  /** Every store that a tenant's blobs may lie in, those of all regions. */
  readonly blobs: readonly Blob[];
  /** Every store that lines of its projects may lie in, but for one whose lines are over before a tenant's grace is. */
  readonly logs?: readonly Pick<LogStore, "projects" | "erase">[];
  /** Every place that folders of its projects may lie in, but for those that are not ours to erase. */
  readonly folders?: readonly TenantFolders[];
}

/** What tenants have on a disk that is ours. */
export interface TenantFolders {
  /** Names of what lies in a tenant's own folder, at most so many. */
  list(tenantId: TenantId, limit: number): Promise<readonly string[]>;
  /** With all that is in it. Erasing what is absent succeeds. */
  erase(tenantId: TenantId, name: string): Promise<void>;
}

/** How many were deleted, by kind; none where nothing was there. */
export type DeletedCounts = Readonly<Record<string, number>>;

/** One place that a tenant's records or blobs of one kind lie in. */
interface Place {
  /** As the report of the erasure names it. */
  readonly name: string;
  /** The ways to delete what lies there first, at most so many. */
  read(limit: number): Promise<readonly (() => Promise<unknown>)[]>;
}

/**
 * Deletes what a tenant left, at most so many records and blobs, in the order in which it has to go.
 *
 * Every place is looked at, also those that were empty before: where nothing was deleted, nothing is left.
 */
export async function deleteRemains(stores: TenantStores, tenantId: TenantId, limit: number): Promise<DeletedCounts> {
  const counts: Record<string, number> = {};
  let left = limit;
  for (const place of placesOf(stores, tenantId)) {
    while (left > 0) {
      const deletions = await place.read(Math.min(left, DELETIONS_AT_ONCE));
      if (deletions.length === 0) break;
      await Promise.all(deletions.map((remove) => remove()));
      counts[place.name] = (counts[place.name] ?? 0) + deletions.length;
      left -= deletions.length;
    }
  }
  return counts;
}

function placesOf({ tables, blobs, logs = [], folders = [] }: TenantStores, tenantId: TenantId): readonly Place[] {
  const partitions = (how: Erasure["erasedBy"]) =>
    kindsErasedBy(how).flatMap((kind) => [...new Set(tables)].map((table) => partitionPlace(table, tenantId, kind)));
  const prefixes = BLOB_KINDS.flatMap((kind) =>
    blobs.map((blob) => blobPlace(blob, `blob ${kind}`, blobKey(tenantId, kind, ""))),
  );
  // A log may be found by records of its own, so it goes before them.
  const projectLogs = logs.map((store) => logPlace(store, tenantId));
  const workspaces = folders.map((store) => folderPlace(store, tenantId));
  return [...projectLogs, ...workspaces, ...partitions("partition"), ...prefixes, ...partitions("partition-at-last")];
}

function partitionPlace(table: Table, tenantId: TenantId, kind: RecordKind): Place {
  return {
    name: kind,
    async read(limit) {
      const { items } = await table.query({ pk: recordPartition(tenantId, kind), limit });
      return items.map(
        ({ pk, sk }) =>
          () =>
            table.delete({ pk, sk }),
      );
    },
  };
}

function blobPlace(blob: Blob, name: string, prefix: string): Place {
  return {
    name,
    async read(limit) {
      const { blobs } = await blob.list(prefix, { limit });
      return blobs.map(
        ({ key }) =>
          () =>
            blob.delete(key),
      );
    },
  };
}

function logPlace(store: Pick<LogStore, "projects" | "erase">, tenantId: TenantId): Place {
  return {
    name: "log",
    async read(limit) {
      const projectIds = await store.projects(tenantId, limit);
      return projectIds.map((projectId) => () => store.erase(tenantId, projectId));
    },
  };
}

function folderPlace(store: TenantFolders, tenantId: TenantId): Place {
  return {
    name: "workspace folder",
    async read(limit) {
      const names = await store.list(tenantId, limit);
      return names.map((name) => () => store.erase(tenantId, name));
    },
  };
}

const ALL_KINDS: Readonly<Record<RecordKind, Erasure>> = RECORD_KINDS;

function kindsErasedBy(how: Erasure["erasedBy"]): RecordKind[] {
  const kinds: RecordKind[] = [];
  for (const kind in ALL_KINDS) if (isKind(kind) && ALL_KINDS[kind].erasedBy === how) kinds.push(kind);
  return kinds;
}

const isKind = (raw: string): raw is RecordKind => Object.hasOwn(ALL_KINDS, raw);
