import type { ChannelId } from "../message/channel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { Table } from "../ports/table.ts";
import type { QuotaReached, Quotas } from "../quota/quotas.ts";
import { ok, type Result, refused } from "../result.ts";
import { connectionKey, connectionPlaceKey, connectionShardPrefix, recordPartition } from "../store/keys.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Usage } from "../usage/usage-kind.ts";
import type { Connection, SocketProtocol } from "./connection.ts";
import { ConnectionEnds, type ConnectionPage, type EndedConnection } from "./connection-ends.ts";
import { ConnectionSpreads } from "./connection-spreads.ts";
import type { GatewayLeases } from "./gateways.ts";
import { CONNECTION_LIFE_MS_MAX, CONNECTIONS_PAGE, JOIN_ATTEMPTS_MAX, JOINED_MAX, SHARD_PAGES_MAX } from "./limits.ts";
import { type Presence, presenceOf } from "./presence.ts";
import { shardOf } from "./spread.ts";
import {
  ConnectionCorrupt,
  type PlacedConnection,
  type ReadConnection,
  readConnection,
  readPlace,
  storedConnection,
  storedPlace,
} from "./stored-connection.ts";

export interface ConnectionsDeps {
  /** Of regional state. */
  readonly table: Table;
  readonly quotas: Pick<Quotas, "take" | "placeNow" | "giveBack">;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly gateways: GatewayLeases;
  readonly meter: { record(tenantId: TenantId, usage: Usage): void };
  /** Told of records that can't be read, and of what will be tried again. Does not throw. */
  readonly report: (fault: unknown) => void;
}

export interface ConnectionDraft {
  readonly connectionId: string;
  readonly gateway: string;
  /** Of a credential that was checked just now. */
  readonly principal: Principal;
  readonly protocol: SocketProtocol;
  /** When the credential is over. @default two hours from now, which is the most */
  readonly endsAtEpochMs?: number;
}

/** The socket has said who it is before. */
export type ConnectionOpen = { readonly reason: "connection_open" };
/** Not there, another tenant's, or over. */
export type ConnectionGone = { readonly reason: "connection_gone" };
/** People's own channels reach them without their joining. */
export type ChannelNotJoinable = { readonly reason: "channel_not_joinable" };
export type TooManyJoined = { readonly reason: "too_many_joined"; readonly joinedMax: number };
export type JoinProblem = ConnectionGone | ChannelNotJoinable | TooManyJoined;

/**
 * Who is connected, on record: so that what is for them finds them wherever they are held.
 *
 * A connection has two items. One leads from its id to its tenant, and only one opener can write it; so a connection is of one
 * tenant as long as it lives. The other lies beside those of its tenant, and holds its place of the quota: it is written
 * last, and whoever deletes it gives the place back and meters the time, and nobody else does. An opener that dies in
 * between leaves an item that leads to nothing, a place that the next repair of the count gives back, and a socket that was
 * never told that it is connected; where it says again who it is, {@link place} makes it whole.
 *
 * A connection that was never closed is found by whoever reads its part: past its end, or once its gateway is gone. What is
 * over does not count, whether or not anybody has cleared it away.
 *
 * Not promised: that the time of a connection is metered whose remover dies in that very moment.
 */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #spreads: ConnectionSpreads;
  readonly #ends: ConnectionEnds;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    this.#spreads = new ConnectionSpreads(deps);
    this.#ends = new ConnectionEnds(deps);
  }

  /** @param bounds.connectionsMax of the tenant's plan. */
  async open(
    { principal, connectionId, gateway, protocol, endsAtEpochMs }: ConnectionDraft,
    { connectionsMax }: { readonly connectionsMax: number },
  ): Promise<Result<Connection, QuotaReached | ConnectionOpen>> {
    const { table, quotas, clock, digest } = this.#deps;
    const { tenantId, subject } = principal;
    const countStored = () => this.countStored(tenantId);
    const quota = await quotas.take(tenantId, { quota: "connections", limit: connectionsMax, countStored });
    if (!quota.ok) return quota;
    const spread = await this.#spreads.placed(tenantId);
    const nowMs = clock.nowMs();
    const subjectDigest = digest(subject);
    const lastMs = nowMs + CONNECTION_LIFE_MS_MAX;
    const connection: Connection = {
      ...{ connectionId, gateway, principal, protocol, joined: [], connectedAtEpochMs: nowMs },
      shard: shardOf(subjectDigest, spread),
      endsAtEpochMs: Math.min(endsAtEpochMs ?? lastMs, lastMs),
    };
    const isFirst = (await table.put(storedConnection(connection), { if: "absent" })).ok;
    if (!isFirst) {
      await quotas.giveBack(tenantId, "connections", quota.value);
      return refused({ reason: "connection_open" });
    }
    await table.put(storedPlace(connection, { subjectDigest, spread }));
    return ok(connection);
  }

  /**
   * Lays one that is there beside those of its tenant, where its opener died before that.
   *
   * Not promised: that it is not there again for a while if it is closed in this very moment. Whoever sends it something finds
   * that out.
   */
  async place(tenantId: TenantId, connectionId: string): Promise<Result<Connection, ConnectionGone>> {
    const connection = await this.find(connectionId);
    if (connection?.principal.tenantId !== tenantId) return GONE;
    const spread = await this.#spreads.placed(tenantId);
    const subjectDigest = this.#deps.digest(connection.principal.subject);
    const placed = await this.#deps.table.put(storedPlace(connection, { subjectDigest, spread }), { if: "absent" });
    if (!placed.ok || (await this.find(connectionId)) !== undefined) return ok(connection);
    await this.#deps.table.delete(connectionPlaceKey(tenantId, connection));
    return GONE;
  }

  /** Undefined of one that is not there, or over. */
  async find(connectionId: string): Promise<Connection | undefined> {
    return (await this.#read(connectionId))?.connection;
  }

  /** Of one that is not there nothing is done. */
  async close(connectionId: string): Promise<void> {
    const item = await this.#deps.table.get(connectionKey(connectionId));
    if (item === undefined) return;
    const { connection } = readConnection(item);
    await this.#ends.end(connection.principal.tenantId, { ...connection, endedAtEpochMs: this.#deps.clock.nowMs() });
  }

  /** Takes them off the record. What fails is reported: whoever reads their part next finds them again. */
  async endAll(tenantId: TenantId, ended: readonly EndedConnection[]): Promise<void> {
    await this.#ends.endAll(tenantId, ended);
  }

  async join(
    tenantId: TenantId,
    { connectionId, channel }: { readonly connectionId: string; readonly channel: ChannelId },
  ): Promise<Result<Connection, JoinProblem>> {
    return this.joinAll(tenantId, { connectionId, channels: [channel] });
  }

  /** All of them, or none. */
  async joinAll(
    tenantId: TenantId,
    { connectionId, channels }: { readonly connectionId: string; readonly channels: readonly ChannelId[] },
  ): Promise<Result<Connection, JoinProblem>> {
    if (!channels.every((channel) => channel.startsWith("channel:")))
      return refused({ reason: "channel_not_joinable" });
    return this.#changeJoined(tenantId, connectionId, (joined) => [...new Set([...joined, ...channels])]);
  }

  /** Of a channel that it has not joined nothing is left. */
  async leave(
    tenantId: TenantId,
    at: { readonly connectionId: string; readonly channel: ChannelId },
  ): Promise<Result<Connection, ConnectionGone | TooManyJoined>> {
    return this.#changeJoined(tenantId, at.connectionId, (joined) => joined.filter((one) => one !== at.channel));
  }

  /** The parts in which somebody may hear a channel. None of a connection's that is another tenant's, or not there. */
  async shardsFor(tenantId: TenantId, channel: ChannelId): Promise<readonly number[]> {
    if (!channel.startsWith(CONNECTION)) return this.#spreads.hearing(tenantId, channel);
    const connection = await this.find(channel.slice(CONNECTION.length));
    return connection?.principal.tenantId === tenantId ? [connection.shard] : [];
  }

  /** All of one part, by pages. Where it has too many people, what is opened from then on is divided further. */
  async *ofShard(tenantId: TenantId, shard: number): AsyncGenerator<ConnectionPage> {
    const spread = await this.#spreads.placed(tenantId);
    const people = new Set<string>();
    for await (const page of this.#pages(tenantId, connectionShardPrefix(shard))) {
      for (const one of page.connections) if (one.spread === spread) people.add(one.subjectDigest);
      yield page;
    }
    await this.#spreads.growFor(tenantId, people.size);
  }

  /** Who is there, within ten seconds of the truth. */
  async presence(tenantId: TenantId): Promise<Presence> {
    const { over, ...presence } = await presenceOf(this.#pages(tenantId));
    await this.#ends.endAll(tenantId, over);
    return presence;
  }

  /** For the repair of the quota's count. Takes off the record what is over, and divides less where few are left. */
  async countStored(tenantId: TenantId): Promise<number> {
    let count = 0;
    const people = new Set<string>();
    for await (const { connections, silent, over } of this.#pages(tenantId)) {
      await this.#ends.endAll(tenantId, over);
      count += connections.length + silent.length;
      for (const { subjectDigest } of [...connections, ...silent]) people.add(subjectDigest);
    }
    await this.#spreads.shrinkFor(tenantId, people.size);
    return count;
  }

  async #read(connectionId: string): Promise<ReadConnection | undefined> {
    const item = await this.#deps.table.get(connectionKey(connectionId));
    if (item === undefined) return undefined;
    const read = readConnection(item);
    return this.#deps.clock.nowMs() < read.connection.endsAtEpochMs ? read : undefined;
  }

  /** Both items are written also where nothing changes in the first: who died between the two is made good for. */
  async #changeJoined(
    tenantId: TenantId,
    connectionId: string,
    change: (joined: readonly ChannelId[]) => readonly ChannelId[],
  ): Promise<Result<Connection, ConnectionGone | TooManyJoined>> {
    for (let attempt = 1; attempt <= JOIN_ATTEMPTS_MAX; attempt++) {
      const read = await this.#read(connectionId);
      if (read?.connection.principal.tenantId !== tenantId) return GONE;
      const joined = change(read.connection.joined);
      if (joined.length > JOINED_MAX) return refused({ reason: "too_many_joined", joinedMax: JOINED_MAX });
      if (await this.#writeJoined(read, joined)) return ok({ ...read.connection, joined });
    }
    throw new JoinsContended();
  }

  async #writeJoined({ connection, joins: seen }: ReadConnection, joined: readonly ChannelId[]): Promise<boolean> {
    const { table } = this.#deps;
    const joins = seen + 1;
    const change = { set: { joined, joins } };
    const unchanged = { if: "equals", attribute: "joins", value: seen } as const;
    const isWritten = (await table.update(connectionKey(connection.connectionId), change, unchanged)).ok;
    if (!isWritten) return false;
    const place = connectionPlaceKey(connection.principal.tenantId, connection);
    await table.update(place, change, { if: "below", attribute: "joins", value: joins });
    return true;
  }

  /** Each reads who holds the connections of its page, which is known for a second. */
  async *#pages(tenantId: TenantId, prefix?: string): AsyncGenerator<ConnectionPage> {
    const { table, report } = this.#deps;
    const range = {
      pk: recordPartition(tenantId, "CONNECTION"),
      limit: CONNECTIONS_PAGE,
      ...(prefix !== undefined && { prefix }),
    };
    let cursor: string | undefined;
    for (let page = 1; page <= SHARD_PAGES_MAX; page++) {
      const read = await table.query(cursor === undefined ? range : { ...range, cursor });
      const placed: PlacedConnection[] = [];
      for (const item of read.items) {
        const one = readPlace(tenantId, item);
        if (one === undefined) report(new ConnectionCorrupt(item.sk));
        else placed.push(one);
      }
      yield await this.#ends.divided(placed);
      if (read.cursor === undefined) return;
      cursor = read.cursor;
    }
    throw new ConnectionsEndless();
  }
}

const CONNECTION = "connection:";
const GONE = refused({ reason: "connection_gone" } as const);

/** Joins and leaves of one connection that never end. */
export class JoinsContended extends Error {
  readonly code = "joins_contended";
  constructor() {
    super(`a change of a connection's channels met another ${JOIN_ATTEMPTS_MAX} times`);
    this.name = "JoinsContended";
  }
}

/** More than any plan allows. */
export class ConnectionsEndless extends Error {
  readonly code = "connections_endless";
  constructor() {
    super(`a tenant has more than ${SHARD_PAGES_MAX} pages of connections`);
    this.name = "ConnectionsEndless";
  }
}
