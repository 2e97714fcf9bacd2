import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { Condition, Page, Table } from "../ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../quota/limits.ts";
import type { QuotaCounters, QuotaReached, Quotas } from "../quota/quotas.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import { projectUploadKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { UPLOAD_ACCEPT_MS, UPLOADS_BESIDE_PROJECTS_MAX, UPLOADS_PAGE_ITEMS, UPLOADS_PAGES_MAX } from "./limits.ts";
import { readUpload, type Upload } from "./upload.ts";
import type { UploadRef } from "./uploaded-name.ts";

export interface UploadStoreParts {
  readonly table: Table;
  readonly quotas: Quotas;
  readonly clock: Clock;
}

/** Room comes as uploads are accepted or replaced, and as the records of those are deleted that nobody accepted. */
export type UploadsReached = { readonly reason: "uploads_reached"; readonly limit: number };

/** More uploads than can be read at a time: more than a tenant may have. */
export class UploadsUncountable extends Error {
  readonly code = "uploads_uncountable";
  constructor() {
    super(`a tenant's uploads take more than ${UPLOADS_PAGES_MAX} pages`);
    this.name = "UploadsUncountable";
  }
}

/**
 * The records of uploads, and what they take of their tenant's storage: the bytes of an archive count from its offer until
 * its record is gone. An offer's record is over by itself some time after nobody can accept it any more, and what it took
 * is then given back by the next repair of the count.
 */
export class UploadStore {
  readonly #parts: UploadStoreParts;

  constructor(parts: UploadStoreParts) {
    this.#parts = parts;
  }

  /**
   * Takes the bytes and then writes the record, so the count is never too low. However small archives are, a tenant has no
   * more records than can be counted: those who offer at the same moment may pass the limit together.
   */
  async offer(
    tenantId: TenantId,
    upload: Omit<Upload & { state: "offered" }, "state" | "offeredAtEpochMs">,
    limits: TenantLimits,
  ): Promise<Result<Upload, QuotaReached | UploadsReached>> {
    const { table, quotas, clock } = this.#parts;
    const limit = limits.projects + UPLOADS_BESIDE_PROJECTS_MAX;
    if (await this.#isFull(tenantId, limit)) return refused({ reason: "uploads_reached", limit });
    const asked = { quota: "storageBytes", limit: limits.storageBytes, amount: upload.bytes } as const;
    const taken = await quotas.take(tenantId, { ...asked, countStored: () => this.countBytes(tenantId) });
    if (!taken.ok) return taken;
    const offered: Upload = { ...upload, state: "offered", offeredAtEpochMs: clock.nowMs() };
    const expiresAtEpochSeconds = nowEpochSeconds(clock) + Math.ceil((UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX) / 1_000);
    await table.put({ ...projectUploadKey(tenantId, upload), ...offered, expiresAtEpochSeconds });
    return ok(offered);
  }

  async get(tenantId: TenantId, ref: UploadRef): Promise<Upload | undefined> {
    const item = await this.#parts.table.get(projectUploadKey(tenantId, ref));
    return item === undefined ? undefined : readUpload(item);
  }

  /** Has an offer stay. Whether its record was still there. */
  async keep(tenantId: TenantId, ref: UploadRef): Promise<boolean> {
    const kept = await this.#parts.table.update(
      projectUploadKey(tenantId, ref),
      {
        set: { state: "admitted", admittedAtEpochMs: this.#parts.clock.nowMs() },
        remove: ["expiresAtEpochSeconds"],
      },
      { if: "present" },
    );
    return kept.ok;
  }

  /**
   * Whoever's deletion it is gives its bytes back.
   *
   * @param keptAtEpochMs where it is given, only a record that nobody has kept since.
   * @returns whether there is no record any more.
   */
  async drop(tenantId: TenantId, ref: UploadRef & Pick<Upload, "bytes">, keptAtEpochMs?: number): Promise<boolean> {
    const { table, quotas } = this.#parts;
    const place = await quotas.placeNow(tenantId, "storageBytes");
    const isThat: Condition =
      keptAtEpochMs === undefined
        ? { if: "present" }
        : { if: "equals", attribute: "admittedAtEpochMs", value: keptAtEpochMs };
    const deleted = await table.delete(projectUploadKey(tenantId, ref), isThat);
    if (!deleted.ok) return deleted.problem.current === undefined;
    await quotas.giveBack(tenantId, "storageBytes", { ...place, amount: ref.bytes });
    return true;
  }

  /** @throws {UploadsUncountable} */
  async countBytes(tenantId: TenantId): Promise<number> {
    let bytes = 0;
    let cursor: string | undefined;
    for (let page = 0; page < UPLOADS_PAGES_MAX; page++) {
      const read = await this.#page(tenantId, cursor);
      for (const item of read.items) bytes += readUpload(item).bytes;
      if (read.cursor === undefined) return bytes;
      cursor = read.cursor;
    }
    throw new UploadsUncountable();
  }

  /** A page may hold fewer than it was read of, since what is over is left out: so pages are counted, and not what they hold. */
  async #isFull(tenantId: TenantId, limit: number): Promise<boolean> {
    let cursor: string | undefined;
    for (let page = 0; page < Math.ceil(limit / UPLOADS_PAGE_ITEMS); page++) {
      const read = await this.#page(tenantId, cursor);
      if (read.cursor === undefined) return false;
      cursor = read.cursor;
    }
    return true;
  }

  #page(tenantId: TenantId, cursor: string | undefined): Promise<Page> {
    const range = { pk: recordPartition(tenantId, "PROJECT-UPLOAD"), limit: UPLOADS_PAGE_ITEMS };
    return this.#parts.table.query(cursor === undefined ? range : { ...range, cursor });
  }
}

/** For the reconciler. */
export function uploadCounters(uploads: Pick<UploadStore, "countBytes">): QuotaCounters {
  return { storageBytes: (tenantId) => uploads.countBytes(tenantId) };
}
