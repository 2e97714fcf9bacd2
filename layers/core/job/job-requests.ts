import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { jobRequestKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { type JobId, parseJobId } from "./job-id.ts";
import { JOB_REQUEST_KEPT_MS } from "./limits.ts";

/** Names what is to be done once, however often it is asked. */
export interface RequestName {
  readonly by: "CALLER" | "SCHEDULE";
  readonly name: string;
}

/** Which job a request makes. It may not be there yet, where its submitter died or is at it. */
export interface KnownRequest {
  readonly jobId: JobId;
  /** Empty where nothing was given. */
  readonly digest: string;
}

/** Which job each named request makes, for longer than anybody asks again and shorter than any job is kept. */
export class JobRequests {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly clock: Clock }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  async find(tenantId: TenantId, request: RequestName): Promise<KnownRequest | undefined> {
    return readRequest(await this.#table.get(jobRequestKey(tenantId, request)));
  }

  /** False where another was there first. */
  async keep(
    tenantId: TenantId,
    request: RequestName,
    { known, instead }: { readonly known: KnownRequest; readonly instead: KnownRequest | undefined },
  ): Promise<boolean> {
    const item = {
      ...jobRequestKey(tenantId, request),
      ...known,
      expiresAtEpochSeconds: Math.floor((this.#clock.nowMs() + JOB_REQUEST_KEPT_MS) / 1_000),
    };
    const kept = await this.#table.put(
      item,
      instead === undefined ? { if: "absent" } : { if: "equals", attribute: "jobId", value: instead.jobId },
    );
    return kept.ok;
  }
}

function readRequest(item: Item | undefined): KnownRequest | undefined {
  const jobId = parseJobId(item?.jobId);
  const digest = item?.digest;
  return jobId.ok && typeof digest === "string" ? { jobId: jobId.value, digest } : undefined;
}
