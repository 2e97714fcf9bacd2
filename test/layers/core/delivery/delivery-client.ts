import type { Connection } from "../../../../layers/core/connection/connection.ts";
import { type ChannelId, channelOf, ownChannels } from "../../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Role } from "../../../../layers/core/tenant/role.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import type { GatewayLife, Socket, WireFrame, World } from "./delivery-world.ts";

export interface Person {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly role: Role;
  readonly joins: readonly string[];
}

/** What a client has of one channel. */
interface Position {
  /** Of the last message that it has. */
  last: number;
  /** The greatest number that it has heard of. */
  seen: number;
  readonly ids: string[];
  isResuming: boolean;
}

const CONNECTIONS_MAX = 1_000;
const PAGE = 5;

/** A client that keeps the rule of gaps: it drops what is not above its last, and asks for what is missing. */
export class DeliveryClient {
  readonly person: Person;
  readonly channels: readonly ChannelId[];
  readonly positions = new Map<ChannelId, Position>();
  readonly #world: World;
  readonly #heardUntilMs: () => number;
  #gateway: GatewayLife | undefined;
  #connection: Connection | undefined;
  connections = 0;
  resumes = 0;

  /** @param heardUntilMs until when it may be told anything. */
  constructor(world: World, person: Person, heardUntilMs: () => number) {
    this.#world = world;
    this.person = person;
    this.#heardUntilMs = heardUntilMs;
    const joined = person.joins.map((name) => channelOf({ kind: "channel", name }, sha256));
    this.channels = [...ownChannels(person, sha256), ...joined];
    for (const channel of this.channels) this.positions.set(channel, { last: 0, seen: 0, ids: [], isResuming: false });
  }

  /** From then on whoever asks who it is lets it in nowhere. */
  get isRemoved(): boolean {
    const { tenantId, subject } = this.person;
    return this.#world.members.get(tenantId)?.[subject] === "none";
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Comes back whenever it was cut, until the world ends. */
  async live(): Promise<void> {
    const { clock, chance } = this.#world;
    while (!this.#world.isOver) {
      if (this.#connection === undefined) await this.#connect();
      await clock.sleep(500 + chance.integer(4_000));
      if (this.#world.happens(this.#world.harm.deathPermille * 2)) await this.#leave();
    }
  }

  async #connect(): Promise<void> {
    if (this.isRemoved) return;
    const gateways = [...this.#world.gateways.values()].filter((one) => !one.isDead() && !one.isPaused());
    const gateway = gateways[this.#world.chance.integer(Math.max(1, gateways.length))];
    if (gateway === undefined) return;
    const connectionId = `c-${this.#world.chance.token(9)}`;
    this.#gateway = gateway;
    const socket: Socket = { connectionId, take: (frame) => this.#take(frame), cut: () => this.#cut(connectionId) };
    gateway.sockets.set(connectionId, socket);
    this.connections++;
    const acknowledged = await this.#asked(gateway, () => this.#opened(gateway, connectionId));
    if (acknowledged === undefined || !gateway.sockets.has(connectionId)) {
      gateway.sockets.delete(connectionId);
      return;
    }
    this.#connection = acknowledged.connection;
    for (const [channel, head] of acknowledged.heads) this.#hear(channel, head);
  }

  /** What the gateway does when somebody says who they are: places first, then the heads, so that nothing is missed unseen. */
  async #opened(gateway: GatewayLife, connectionId: string) {
    const { tenantId, subject, role, joins } = this.person;
    const principal = principalOf({ tenantId, subject, role });
    const draft = { connectionId, gateway: gateway.gateway, principal, protocol: "skein.v1" } as const;
    const opened = await gateway.connections.open(draft, { connectionsMax: CONNECTIONS_MAX });
    if (!opened.ok) throw new TypeError(opened.problem.reason);
    for (const name of joins) {
      const channel = channelOf({ kind: "channel", name }, sha256);
      await gateway.connections.join(tenantId, { connectionId, channel });
    }
    const heads = new Map<ChannelId, number>();
    for (const channel of this.channels) heads.set(channel, await gateway.log.headOf(tenantId, channel));
    return { connection: opened.value, heads };
  }

  async #leave(): Promise<void> {
    const [gateway, connection] = [this.#gateway, this.#connection];
    if (gateway === undefined || connection === undefined) return;
    gateway.sockets.delete(connection.connectionId);
    this.#cut(connection.connectionId);
    await this.#asked(gateway, () => gateway.connections.close(connection.connectionId));
  }

  #cut(connectionId: string): void {
    if (this.#connection?.connectionId === connectionId) this.#connection = undefined;
  }

  #take({ tenantId, channel, seq, id }: WireFrame): void {
    const { clock, violations } = this.#world;
    const position = [...this.positions].find(([name]) => name === channel)?.[1];
    if (tenantId !== this.person.tenantId || position === undefined)
      violations.push(`${this.person.subject} was told of ${tenantId} ${channel} ${seq}`);
    else if (clock.nowMs() > this.#heardUntilMs())
      violations.push(`${this.person.subject} was told after their removal`);
    else if (seq === position.last + 1) this.#keep(position, { seq, id });
    else if (seq > position.last) this.#hear(parsedChannel(this.channels, channel), seq);
  }

  #keep(position: Position, { seq, id }: Pick<WireFrame, "seq" | "id">): void {
    position.last = seq;
    position.seen = Math.max(position.seen, seq);
    position.ids.push(id);
  }

  /** There is a message of this number: where it is not the next, it asks for what is before it. */
  #hear(channel: ChannelId, seq: number): void {
    const position = this.positions.get(channel);
    if (position === undefined) return;
    position.seen = Math.max(position.seen, seq);
    if (position.isResuming || position.seen <= position.last) return;
    position.isResuming = true;
    void this.#resume(channel, position);
  }

  async #resume(channel: ChannelId, position: Position): Promise<void> {
    this.resumes++;
    const [gateway, connection] = [this.#gateway, this.#connection];
    while (position.seen > position.last && gateway !== undefined && this.#connection === connection) {
      const { last: after } = position;
      const { tenantId } = this.person;
      const page = await this.#asked(gateway, () => gateway.log.read(tenantId, { channel, after, limit: PAGE }));
      for (const { seq, messageId: id } of page?.messages ?? [])
        if (seq === position.last + 1) this.#keep(position, { seq, id });
      await this.#world.clock.sleep(page === undefined ? 1_000 : 10);
    }
    position.isResuming = false;
  }

  /** Undefined where the gateway died or its store failed: then the client does not know. */
  async #asked<T>(gateway: GatewayLife, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await Promise.race([ask(), gateway.died]);
      return answer === "died" ? undefined : answer;
    } catch (fault) {
      if (!(fault instanceof StoreFault)) this.#world.violations.push(String(fault));
      return undefined;
    }
  }
}

function parsedChannel(channels: readonly ChannelId[], name: string): ChannelId {
  const found = channels.find((channel) => channel === name);
  if (found === undefined) throw new TypeError(name);
  return found;
}
