import type { Digest } from "../ports/digest.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { homeKey } from "../store/keys.ts";
import { parseTenantId, type TenantId } from "./tenant-id.ts";

/** A person as an issuer knows them. */
export interface Subject {
  readonly issuer: string;
  readonly subject: string;
}

export type HomeTaken = { readonly reason: "home_taken"; readonly tenantId: TenantId };

/**
 * To which tenant those belong whose tokens name none. Stored under a digest of who they are; a home whose tenant is gone
 * leads to nothing, and is given anew with the next.
 */
export class Homes {
  readonly #table: Table;
  readonly #digest: Digest;

  constructor(deps: { readonly table: Table; readonly digest: Digest }) {
    this.#table = deps.table;
    this.#digest = deps.digest;
  }

  /** Under which a person is stored. The length of the issuer comes first, so that no two people have one text. */
  digestOf({ issuer, subject }: Subject): string {
    return this.#digest(`${issuer.length} ${issuer} ${subject}`);
  }

  async homeOf(subject: Subject): Promise<TenantId | undefined> {
    const item = await this.#table.get(this.#keyOf(subject));
    const tenantId = parseTenantId(item?.tenantId);
    return tenantId.ok ? tenantId.value : undefined;
  }

  /** Whoever has a home keeps it, unless `instead` names it: the tenant that is gone. */
  async settle(
    subject: Subject,
    { tenantId, instead }: { readonly tenantId: TenantId; readonly instead?: TenantId },
  ): Promise<Result<undefined, HomeTaken>> {
    const free =
      instead === undefined
        ? ({ if: "absent" } as const)
        : ({ if: "equals", attribute: "tenantId", value: instead } as const);
    const written = await this.#table.put({ ...this.#keyOf(subject), tenantId }, free);
    if (written.ok) return ok();
    const there = await this.homeOf(subject);
    return there === tenantId ? ok() : refused({ reason: "home_taken", tenantId: there ?? tenantId });
  }

  async leave(subject: Subject, tenantId: TenantId): Promise<void> {
    await this.#table.delete(this.#keyOf(subject), { if: "equals", attribute: "tenantId", value: tenantId });
  }

  #keyOf(subject: Subject) {
    return homeKey(this.digestOf(subject));
  }
}
