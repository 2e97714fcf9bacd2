import { Connections } from "../../../../layers/core/connection/connections.ts";
import { GatewayHold } from "../../../../layers/core/connection/gateway-hold.ts";
import { Gateways } from "../../../../layers/core/connection/gateways.ts";
import { Hearers } from "../../../../layers/core/delivery/hearers.ts";
import { Lanes } from "../../../../layers/core/delivery/lanes.ts";
import { ChannelLog } from "../../../../layers/core/message/channel-log.ts";
import { Channels } from "../../../../layers/core/message/channels.ts";
import { Publisher } from "../../../../layers/core/message/publisher.ts";
import type { Push, PushOutcome } from "../../../../layers/core/ports/push.ts";
import type { Queue } from "../../../../layers/core/ports/queue.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { ok } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../../../../layers/core/tenant/tenant-policy.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { type EventClock, eventClock } from "../../../fixtures/event-clock.ts";
import { type Away, type Fate, type FatedWorld, fateIn, harmedTable, NO_HARM } from "../../../fixtures/fate.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { policyOf } from "../../../fixtures/principals.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";

export interface WaitingMessage {
  readonly tenantId: TenantId;
  readonly body: string;
  visibleAtMs: number;
}

/** A frame as it goes over the wire of the simulation: what a client needs, and of whom it is, to see that it is theirs. */
export interface WireFrame {
  readonly tenantId: string;
  readonly channel: string;
  readonly seq: number;
  readonly id: string;
}

/** A client's end. */
export interface Socket {
  readonly connectionId: string;
  take(frame: WireFrame): void;
  cut(): void;
}

/** What the processes of a fleet share, and what outlives them. */
export interface World extends FatedWorld {
  readonly clock: EventClock;
  readonly table: Table;
  readonly quotas: Quotas;
  readonly waiting: WaitingMessage[];
  readonly violations: string[];
  readonly members: Map<TenantId, Record<string, "none">>;
  /** Those that answer, by their names. */
  readonly gateways: Map<string, GatewayLife>;
  /** Seconds that were metered, and for how many connections. */
  readonly metered: { seconds: number; connections: number };
  /** Nobody comes back any more. */
  isOver: boolean;
  start(): Life;
  startGateway(): GatewayLife;
}

/** One process, until it dies: from then on nothing in it goes on. */
export interface Life extends Pick<Fate, "clock" | "died" | "isDead" | "isPaused" | "kill"> {
  readonly table: Table;
  readonly connections: Connections;
  readonly log: ChannelLog;
  readonly publisher: Publisher;
  readonly lanes: Lanes;
}

/** One that holds connections. */
export interface GatewayLife extends Life {
  readonly gateway: string;
  readonly sockets: Map<string, Socket>;
  /** Ends its process, and every connection that it holds. */
  end(): void;
}

export function deliveryWorld(seed: number): World {
  const clock = eventClock();
  const chance = seededChance(seed);
  const control = memoryTable(clock);
  const world: World = {
    ...{ clock, chance, table: memoryTable(clock), quotas: new Quotas({ table: control, clock }) },
    ...{ waiting: [], violations: [], members: new Map(), gateways: new Map() },
    metered: { seconds: 0, connections: 0 },
    harm: NO_HARM,
    deaths: 0,
    isOver: false,
    happens: (permille) => chance.integer(1_000) < permille,
    start: () => lifeIn(world, control),
    startGateway: () => gatewayIn(world, control),
  };
  return world;
}

function lifeIn(world: World, control: Table): Life {
  const fate = fateIn(world);
  const { clock } = fate;
  const table = harmedTable(world.table, fate.away);
  const report = (fault: unknown): void => {
    if (!(fault instanceof StoreFault)) world.violations.push(String(fault));
  };
  const queue = { send: sendIn(world, fate.away) };
  const connections = new Connections({
    ...{ table, clock, report },
    quotas: new Quotas({ table: harmedTable(control, fate.away), clock }),
    digest: sha256,
    gateways: new Gateways({ table, clock }),
    meter: {
      record(_, { connectionSeconds = 0 }) {
        world.metered.seconds += connectionSeconds;
        world.metered.connections++;
      },
    },
  });
  const policyNow = (tenantId: TenantId): TenantPolicy =>
    policyOf(tenantId, { members: world.members.get(tenantId) ?? {} });
  const log = new ChannelLog({ table, clock, chance: world.chance, channels: new Channels({ table, clock }) });
  const lanes = new Lanes({
    ...{ table, clock, connections, log, queue, report },
    push: pushIn(world, fate.away),
    frames: ({ tenantId, channel, seq, messageId: id }) => ({
      "skein.v1": JSON.stringify({ tenantId, channel, seq, id }),
    }),
    hearers: new Hearers({
      policies: { policyOf: policyNow },
      standingOf: async (principal) => ok({ principal, policy: policyNow(principal.tenantId) }),
      clock,
    }),
    runEnded: () => {},
  });
  const publisher = new Publisher({
    ...{ log, lanes: connections, queue, digest: sha256, chance: world.chance, report },
    meter: { record: () => {} },
  });
  return { ...fate, table, connections, log, lanes, publisher };
}

function gatewayIn(world: World, control: Table): GatewayLife {
  const life = lifeIn(world, control);
  const gateway = `g-${world.chance.token(6)}`;
  const sockets = new Map<string, Socket>();
  const cutAll = (): void => {
    for (const socket of sockets.values()) socket.cut();
    sockets.clear();
  };
  const held: GatewayLife = {
    ...{ ...life, gateway, sockets },
    end() {
      life.kill();
      world.gateways.delete(gateway);
      cutAll();
    },
  };
  const hold = new GatewayHold({
    gateways: new Gateways({ table: life.table, clock: life.clock }),
    ...{ clock: life.clock, gateway, address: gateway },
    // It begins anew, as another process.
    lost: held.end,
    report: () => {},
  });
  void enter(world, hold, held);
  void life.died.then(held.end);
  return held;
}

async function enter(world: World, hold: GatewayHold, life: GatewayLife): Promise<void> {
  try {
    await hold.start();
    world.gateways.set(life.gateway, life);
  } catch {
    life.end();
  }
}

function sendIn(world: World, away: Away): Queue["send"] {
  return (tenantId, { body }) =>
    away("queue", async () => {
      const { lossPermille, twicePermille } = world.harm;
      const copies = world.happens(lossPermille) ? 0 : world.happens(twicePermille) ? 2 : 1;
      for (let copy = 1; copy <= copies; copy++) {
        const lateMs = twicePermille === 0 ? 0 : world.chance.integer(3_000);
        world.waiting.push({ tenantId, body, visibleAtMs: world.clock.nowMs() + lateMs });
      }
      return ok({ id: "1" });
    });
}

/** Over the network to whoever holds each. A text that is under way when its gateway dies is lost. */
function pushIn(world: World, away: Away): Push {
  const sendOne = (connectionId: string, gateway: string, texts: readonly string[]): PushOutcome => {
    const holder = world.gateways.get(gateway);
    if (holder === undefined || holder.isDead() || holder.isPaused()) return "unreachable";
    const socket = holder.sockets.get(connectionId);
    if (socket === undefined) return "gone";
    if (world.happens(world.harm.lossPermille)) return "behind";
    for (const text of texts) {
      const frame: WireFrame = JSON.parse(text);
      const lateMs = world.harm.twicePermille === 0 ? 0 : world.chance.integer(50);
      void world.clock.sleep(lateMs).then(() => {
        if (holder.sockets.get(connectionId) === socket) socket.take(frame);
      });
    }
    return "sent";
  };
  const pushed = (work: () => readonly PushOutcome[]): Promise<readonly PushOutcome[]> =>
    away("queue", async () => work());
  return {
    async send(to, texts) {
      const none = to.map((): PushOutcome => "unreachable");
      return pushed(() => to.map(({ connectionId, gateway }) => sendOne(connectionId, gateway, texts))).catch(
        () => none,
      );
    },
    close: async ({ connectionId, gateway }) => world.gateways.get(gateway)?.sockets.get(connectionId)?.cut(),
  };
}
