import type { Table } from "../ports/table.ts";
import { connectionMemberPrefix, connectionShardPrefix, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ConnectionEnds, ConnectionPage } from "./connection-ends.ts";
import { CONNECTIONS_LOOKED_AT, CONNECTIONS_PAGE, SHARD_PAGES_MAX } from "./limits.ts";
import { ConnectionCorrupt, type PlacedConnection, readPlace } from "./stored-connection.ts";

export interface ConnectionPagesDeps {
  readonly table: Pick<Table, "query">;
  readonly ends: Pick<ConnectionEnds, "divided">;
  /** Told of records that can't be read. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** The first few, which may not be all. */
export interface FirstConnections extends ConnectionPage {
  readonly isWhole: boolean;
}

interface MemberPlace {
  readonly shard: number;
  readonly subjectDigest: string;
}

/** More than any plan allows. */
export class ConnectionsEndless extends Error {
  readonly code = "connections_endless";
  constructor() {
    super(`a tenant has more than ${SHARD_PAGES_MAX} pages of connections`);
    this.name = "ConnectionsEndless";
  }
}

/** The connections of a tenant as they lie beside each other, by pages: by part, and in each by member. */
export class ConnectionPages {
  readonly #deps: ConnectionPagesDeps;

  constructor(deps: ConnectionPagesDeps) {
    this.#deps = deps;
  }

  all(tenantId: TenantId): AsyncGenerator<ConnectionPage> {
    return this.#pages(tenantId, "");
  }

  ofShard(tenantId: TenantId, shard: number): AsyncGenerator<ConnectionPage> {
    return this.#pages(tenantId, connectionShardPrefix(shard));
  }

  ofMember(tenantId: TenantId, place: MemberPlace): AsyncGenerator<ConnectionPage> {
    return this.#pages(tenantId, connectionMemberPrefix(place));
  }

  /** Of all, or of what a member has in a part. */
  async first(tenantId: TenantId, place?: MemberPlace): Promise<FirstConnections> {
    const prefix = place === undefined ? "" : connectionMemberPrefix(place);
    const { page, cursor } = await this.#page({ tenantId, prefix, limit: CONNECTIONS_LOOKED_AT });
    return { ...page, isWhole: cursor === undefined };
  }

  async *#pages(tenantId: TenantId, prefix: string): AsyncGenerator<ConnectionPage> {
    let from: string | undefined;
    for (let count = 1; count <= SHARD_PAGES_MAX; count++) {
      const { page, cursor } = await this.#page({ tenantId, prefix, limit: CONNECTIONS_PAGE, from });
      yield page;
      if (cursor === undefined) return;
      from = cursor;
    }
    throw new ConnectionsEndless();
  }

  /** Reads who holds the connections of the page too, which is known for a second. */
  async #page({ tenantId, prefix, limit, from }: PageAsked) {
    const { table, ends, report } = this.#deps;
    const { items, cursor } = await table.query({
      ...{ pk: recordPartition(tenantId, "CONNECTION"), limit },
      ...(prefix !== "" && { prefix }),
      ...(from !== undefined && { cursor: from }),
    });
    const placed: PlacedConnection[] = [];
    for (const item of items) {
      const one = readPlace(tenantId, item);
      if (one === undefined) report(new ConnectionCorrupt(item.sk));
      else placed.push(one);
    }
    return { page: await ends.divided(placed), cursor };
  }
}

interface PageAsked {
  readonly tenantId: TenantId;
  readonly prefix: string;
  readonly limit: number;
  /** The cursor of the page before. */
  readonly from?: string | undefined;
}
