import type { ChannelId } from "../message/channel.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { connectionKey, connectionPlaceKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Connection, ConnectionGone } from "./connection.ts";
import { JOIN_ATTEMPTS_MAX, JOINED_MAX } from "./limits.ts";
import type { PlacedConnection, ReadConnection } from "./stored-connection.ts";

/** People's own channels reach them without their joining. */
export type ChannelNotJoinable = { readonly reason: "channel_not_joinable" };
export type TooManyJoined = { readonly reason: "too_many_joined"; readonly joinedMax: number };
export type JoinProblem = ConnectionGone | ChannelNotJoinable | TooManyJoined;

export interface ConnectionJoinsDeps {
  readonly table: Pick<Table, "update">;
  /** Undefined of one that is not there, or over. */
  readonly read: (connectionId: string) => Promise<ReadConnection | undefined>;
  readonly placed: (connection: Connection) => PlacedConnection;
}

/** Joins and leaves of one connection that never end. */
export class JoinsContended extends Error {
  readonly code = "joins_contended";
  constructor() {
    super(`a change of a connection's channels met another ${JOIN_ATTEMPTS_MAX} times`);
    this.name = "JoinsContended";
  }
}

/** The channels that connections have joined, in both items of each. */
export class ConnectionJoins {
  readonly #deps: ConnectionJoinsDeps;

  constructor(deps: ConnectionJoinsDeps) {
    this.#deps = deps;
  }

  /** Both items are written also where nothing changes in the first: who died between the two is made good for. */
  async change(
    tenantId: TenantId,
    connectionId: string,
    change: (joined: readonly ChannelId[]) => readonly ChannelId[],
  ): Promise<Result<Connection, ConnectionGone | TooManyJoined>> {
    for (let attempt = 1; attempt <= JOIN_ATTEMPTS_MAX; attempt++) {
      const read = await this.#deps.read(connectionId);
      if (read?.connection.principal.tenantId !== tenantId) return refused({ reason: "connection_gone" });
      const joined = change(read.connection.joined);
      if (joined.length > JOINED_MAX) return refused({ reason: "too_many_joined", joinedMax: JOINED_MAX });
      if (await this.#write(read, joined)) return ok({ ...read.connection, joined });
    }
    throw new JoinsContended();
  }

  async #write({ connection, joins: seen }: ReadConnection, joined: readonly ChannelId[]): Promise<boolean> {
    const { table, placed } = this.#deps;
    const joins = seen + 1;
    const change = { set: { joined, joins } };
    const unchanged = { if: "equals", attribute: "joins", value: seen } as const;
    const isWritten = (await table.update(connectionKey(connection.connectionId), change, unchanged)).ok;
    if (!isWritten) return false;
    const place = connectionPlaceKey(connection.principal.tenantId, placed(connection));
    await table.update(place, change, { if: "below", attribute: "joins", value: joins });
    return true;
  }
}
