import { type ChannelId, mayHear } from "../message/channel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { Table } from "../ports/table.ts";
import type { QuotaReached, Quotas } from "../quota/quotas.ts";
import { ok, type Result, refused } from "../result.ts";
import { connectionKey, connectionPlaceKey } from "../store/keys.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Usage } from "../usage/usage-kind.ts";
import type { Connection, ConnectionGone, SocketProtocol } from "./connection.ts";
import { ConnectionEnds, type ConnectionPage, type EndedConnection } from "./connection-ends.ts";
import { ConnectionJoins, type JoinProblem, type TooManyJoined } from "./connection-joins.ts";
import { ConnectionPages, type FirstConnections } from "./connection-pages.ts";
import { ConnectionSpreads } from "./connection-spreads.ts";
import type { GatewayLeases } from "./gateways.ts";
import { CONNECTION_LIFE_MS_MAX } from "./limits.ts";
import { type Presence, presenceOf } from "./presence.ts";
import { Crowds, shardOf } from "./spread.ts";
import {
  type PlacedConnection,
  placedConnection,
  type ReadConnection,
  readConnection,
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
  readonly #pages: ConnectionPages;
  readonly #joins: ConnectionJoins;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    this.#spreads = new ConnectionSpreads(deps);
    this.#ends = new ConnectionEnds(deps);
    this.#pages = new ConnectionPages({ ...deps, ends: this.#ends });
    this.#joins = new ConnectionJoins({
      table: deps.table,
      read: (connectionId) => this.#read(connectionId),
      placed: (connection) => this.#placed(connection),
    });
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
      ...{ spread, shard: shardOf(subjectDigest, spread) },
      endsAtEpochMs: Math.min(endsAtEpochMs ?? lastMs, lastMs),
    };
    const isFirst = (await table.put(storedConnection(connection), { if: "absent" })).ok;
    if (!isFirst) {
      await quotas.giveBack(tenantId, "connections", quota.value);
      return refused({ reason: "connection_open" });
    }
    await table.put(storedPlace(connection, subjectDigest));
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
    const { subjectDigest } = this.#placed(connection);
    const placed = await this.#deps.table.put(storedPlace(connection, subjectDigest), { if: "absent" });
    if (!placed.ok || (await this.find(connectionId)) !== undefined) return ok(connection);
    await this.#deps.table.delete(connectionPlaceKey(tenantId, this.#placed(connection)));
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
    const endedAtEpochMs = this.#deps.clock.nowMs();
    await this.#ends.end(connection.principal.tenantId, { ...this.#placed(connection), endedAtEpochMs });
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
    return this.#joins.change(tenantId, connectionId, (joined) => [...new Set([...joined, ...channels])]);
  }

  /** Of a channel that it has not joined nothing is left. */
  async leave(
    tenantId: TenantId,
    at: { readonly connectionId: string; readonly channel: ChannelId },
  ): Promise<Result<Connection, ConnectionGone | TooManyJoined>> {
    return this.#joins.change(tenantId, at.connectionId, (joined) => joined.filter((one) => one !== at.channel));
  }

  /** The parts in which somebody may hear a channel. None of a connection's that is another tenant's, or not there. */
  async shardsFor(tenantId: TenantId, channel: ChannelId): Promise<readonly number[]> {
    if (!channel.startsWith(CONNECTION)) return this.#spreads.hearing(tenantId, channel);
    const connection = await this.find(channel.slice(CONNECTION.length));
    return connection?.principal.tenantId === tenantId ? [connection.shard] : [];
  }

  /**
   * Those among whom the hearers of a lane's channel are, by pages: of a member's all that the member has in the part, of a
   * connection's that one, of any other all of the part.
   */
  async *ofLane(tenantId: TenantId, { channel, shard }: LaneOf): AsyncGenerator<ConnectionPage> {
    if (channel.startsWith(CONNECTION)) yield await this.#alone(tenantId, channel.slice(CONNECTION.length));
    else if (channel.startsWith(MEMBER))
      yield* this.#pages.ofMember(tenantId, { shard, subjectDigest: channel.slice(MEMBER.length) });
    else yield* this.#ofShard(tenantId, shard);
  }

  /** All of one part. Where it has too many people, what is opened from then on is divided further. */
  async *#ofShard(tenantId: TenantId, shard: number): AsyncGenerator<ConnectionPage> {
    const crowds = new Crowds(await this.#spreads.placed(tenantId));
    for await (const page of this.#pages.ofShard(tenantId, shard)) {
      for (const one of page.connections) crowds.add(one);
      yield page;
    }
    await this.#spreads.growFor(tenantId, crowds.largest);
  }

  /** Who is there, within ten seconds of the truth. */
  async presence(tenantId: TenantId): Promise<Presence> {
    const { over, ...presence } = await presenceOf(this.#pages.all(tenantId));
    await this.#ends.endAll(tenantId, over);
    return presence;
  }

  /**
   * False where nobody is connected who hears a channel, within ten seconds of the truth and by the roles with which they
   * connected. It looks at a few of those among whom they would be: where there are more, somebody may be.
   */
  async mayBeHeard(tenantId: TenantId, channel: ChannelId): Promise<boolean> {
    const { digest } = this.#deps;
    for await (const { connections, isWhole } of this.#firsts(tenantId, channel))
      if (!isWhole || connections.some((one) => mayHear(channel, one, digest))) return true;
    return false;
  }

  /**
   * For the repair of the quota's count. Takes off the record what is over, and divides less where few are left, and further
   * where a part has too many, which nobody else would see of a tenant that writes to its members one by one.
   */
  async countStored(tenantId: TenantId): Promise<number> {
    let count = 0;
    const people = new Set<string>();
    const crowds = new Crowds(await this.#spreads.placed(tenantId));
    for await (const { connections, silent, over } of this.#pages.all(tenantId)) {
      await this.#ends.endAll(tenantId, over);
      count += connections.length + silent.length;
      for (const one of [...connections, ...silent]) {
        people.add(one.subjectDigest);
        crowds.add(one);
      }
    }
    await this.#spreads.growFor(tenantId, crowds.largest);
    await this.#spreads.shrinkFor(tenantId, people.size);
    return count;
  }

  async #read(connectionId: string): Promise<ReadConnection | undefined> {
    const item = await this.#deps.table.get(connectionKey(connectionId));
    if (item === undefined) return undefined;
    const read = readConnection(item);
    return this.#deps.clock.nowMs() < read.connection.endsAtEpochMs ? read : undefined;
  }

  async *#firsts(tenantId: TenantId, channel: ChannelId): AsyncGenerator<FirstConnections> {
    if (!channel.startsWith(MEMBER)) {
      yield await this.#pages.first(tenantId);
      return;
    }
    const subjectDigest = channel.slice(MEMBER.length);
    for (const shard of await this.#spreads.hearing(tenantId, channel))
      yield await this.#pages.first(tenantId, { shard, subjectDigest });
  }

  #placed(connection: Connection): PlacedConnection {
    return placedConnection(connection, this.#deps.digest(connection.principal.subject));
  }

  /** Nobody where it is not there, over, or another tenant's. */
  async #alone(tenantId: TenantId, connectionId: string): Promise<ConnectionPage> {
    const connection = await this.find(connectionId);
    return this.#ends.divided(connection?.principal.tenantId === tenantId ? [this.#placed(connection)] : []);
  }
}

/** A channel, and a part of the tenant's connections. */
interface LaneOf {
  readonly channel: ChannelId;
  readonly shard: number;
}

const CONNECTION = "connection:";
const MEMBER = "member:";
const GONE = refused({ reason: "connection_gone" } as const);
