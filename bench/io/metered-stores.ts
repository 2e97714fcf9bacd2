import type { Blob } from "../../layers/core/ports/blob.ts";
import type { Item, ItemKey, Table } from "../../layers/core/ports/table.ts";
import { itemBytes } from "../../layers/core/store/item-size.ts";

/** What is asked of the stores, and the units that DynamoDB bills it in. */
export interface StoreUse {
  readonly tableReads: number;
  readonly tableWrites: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly blobReads: number;
  readonly blobWrites: number;
}

export const NO_USE: StoreUse = {
  tableReads: 0,
  tableWrites: 0,
  readUnits: 0,
  writeUnits: 0,
  blobReads: 0,
  blobWrites: 0,
};

export class StoreMeter {
  #use: StoreUse = NO_USE;

  add(use: Partial<StoreUse>): void {
    const sum = { ...this.#use };
    for (const name of Object.keys(NO_USE) as (keyof StoreUse)[]) sum[name] += use[name] ?? 0;
    this.#use = sum;
  }

  /** What was used since the last reset. */
  reset(): StoreUse {
    const use = this.#use;
    this.#use = NO_USE;
    return use;
  }
}

/** Source: DynamoDB developer guide, "Read and write operations" (read 2026-11-20), also for what follows of units. */
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

/** The table with each operation metered as the AWS adapter asks for it: one request each, strongly consistent unless stale. */
export function meteredTable(table: Table, meter: StoreMeter): Table {
  /** Billed by the larger of before and after, and also where its condition fails. */
  const write = async <T>(key: ItemKey, operation: () => Promise<T>): Promise<T> => {
    const before = await table.get(key);
    const outcome = await operation();
    const bytes = Math.max(bytesOf(before), bytesOf(await table.get(key)));
    meter.add({ tableWrites: 1, writeUnits: units(bytes, WRITE_UNIT_BYTES) });
    return outcome;
  };
  return {
    async get(key, options) {
      const item = await table.get(key, options);
      const readUnits = units(bytesOf(item), READ_UNIT_BYTES);
      meter.add({ tableReads: 1, readUnits: options?.stale === true ? readUnits / 2 : readUnits });
      return item;
    },
    put: (item, condition) => write(item, () => table.put(item, condition)),
    update: (key, change, condition) => write(key, () => table.update(key, change, condition)),
    delete: (key, condition) => write(key, () => table.delete(key, condition)),
    async query(range) {
      const page = await table.query(range);
      const bytes = page.items.reduce((sum, item) => sum + bytesOf(item), 0);
      meter.add({ tableReads: 1, readUnits: units(bytes, READ_UNIT_BYTES) });
      return page;
    },
  };
}

/** What calls do with blobs: none of them writes one in parts. */
export function meteredBlob(blob: Blob, meter: StoreMeter): Blob {
  return {
    ...blob,
    put: (key, body, condition) => {
      meter.add({ blobWrites: 1 });
      return blob.put(key, body, condition);
    },
    get: (key, range) => {
      meter.add({ blobReads: 1 });
      return blob.get(key, range);
    },
    head: (key) => {
      meter.add({ blobReads: 1 });
      return blob.head(key);
    },
    list: (prefix, page) => {
      meter.add({ blobWrites: 1 });
      return blob.list(prefix, page);
    },
  };
}

function bytesOf(item: Item | undefined): number {
  return item === undefined ? 0 : itemBytes(item);
}

/** What is absent is billed as one. */
function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}
