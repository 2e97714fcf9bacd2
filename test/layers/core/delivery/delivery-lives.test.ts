import { expect, test } from "vitest";
import { CONNECTION_LIFE_MS_MAX } from "../../../../layers/core/connection/limits.ts";
import type { Audience, ChannelId } from "../../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type Harm, NO_HARM } from "../../../fixtures/fate.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { DeliveryClient, type Person } from "./delivery-client.ts";
import { deliveryWorld, type GatewayLife, type Life, type WaitingMessage, type World } from "./delivery-world.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const TENANTS = [tenant("acme"), tenant("bolt")];
const PUBLISHERS = 4;
const MESSAGES_EACH = 40;
const REMOVED = "mallory";
const REMOVED_AFTER_MS = 4 * MINUTE_MS;

const HARM: Harm = {
  deathPermille: 2,
  pausePermille: 4,
  faultPermille: 10,
  lossPermille: 50,
  twicePermille: 100,
  clockDifferenceMs: 4 * SECOND_MS,
  pauseMsMax: 20 * SECOND_MS,
};

/** A worker that was paused may send what it had in its hands, and frames are under way for a moment. */
const REMOVAL_SEEN_MS = HARM.pauseMsMax + SECOND_MS;

const people = (tenantId: TenantId): readonly Person[] => [
  { tenantId, subject: "ann", role: "owner", joins: ["deploys"] },
  { tenantId, subject: "ann", role: "owner", joins: [] },
  { tenantId, subject: "bob", role: "viewer", joins: ["deploys", "lunch"] },
  { tenantId, subject: "cem", role: "developer", joins: ["lunch"] },
  { tenantId, subject: "dan", role: "viewer", joins: [] },
  { tenantId, subject: REMOVED, role: "viewer", joins: ["lunch"] },
];

const AUDIENCES: readonly Audience[] = [
  { kind: "everyone" },
  { kind: "everyone" },
  { kind: "role", role: "viewer" },
  { kind: "member", subject: "ann" },
  { kind: "member", subject: REMOVED },
  { kind: "channel", name: "deploys" },
  { kind: "channel", name: "lunch" },
];

interface Run {
  readonly world: World;
  readonly clients: readonly DeliveryClient[];
  readonly acknowledged: { readonly tenantId: TenantId; readonly channel: ChannelId; readonly messageId: string }[];
  publishersLeft: number;
}

/** Processes of one role, one after the other dies. */
async function role(world: World, work: (life: Life) => Promise<void>): Promise<void> {
  while (!world.isOver) {
    const life = world.start();
    void work(life);
    await life.died;
    await world.clock.sleep(world.chance.integer(5 * SECOND_MS));
  }
}

async function gatewayRole(world: World): Promise<void> {
  while (!world.isOver) {
    const life: GatewayLife = world.startGateway();
    await life.died;
    await world.clock.sleep(world.chance.integer(5 * SECOND_MS));
  }
}

async function workIn(world: World, life: Life): Promise<void> {
  const settle = async (message: WaitingMessage): Promise<void> => {
    const deadlineEpochMs = life.clock.nowMs() + 20 * SECOND_MS;
    const taking = await life.lanes.take(message, { deadlineEpochMs });
    if (taking.message === "later") message.visibleAtMs = world.clock.nowMs() + taking.afterSeconds * SECOND_MS;
    else if (!world.happens(world.harm.lossPermille)) world.waiting.splice(world.waiting.indexOf(message), 1);
  };
  const take = async (): Promise<void> => {
    while (!life.isDead() && !world.isOver) {
      const visible = world.waiting.filter(({ visibleAtMs }) => visibleAtMs <= world.clock.nowMs());
      const message = visible[world.chance.integer(Math.max(1, visible.length))];
      if (message === undefined) {
        await life.clock.sleep(20 + world.chance.integer(100));
        continue;
      }
      message.visibleAtMs = world.clock.nowMs() + 30 * SECOND_MS;
      await settle(message).catch((fault) => {
        if (!(fault instanceof StoreFault)) world.violations.push(String(fault));
      });
    }
  };
  await Promise.all([take(), take(), take()]);
}

async function publish(run: Run, life: Life, message: { tenantId: TenantId; audience: Audience; messageId: string }) {
  const { tenantId, audience, messageId } = message;
  const publication = { audience, messageId, type: "message", from: "ann", body: messageId } as const;
  try {
    const answer = await Promise.race([life.publisher.publish(tenantId, publication), life.died]);
    if (answer === "died" || !answer.ok) return false;
    run.acknowledged.push({ tenantId, channel: answer.value.channel, messageId });
    return true;
  } catch (fault) {
    if (!(fault instanceof StoreFault)) run.world.violations.push(String(fault));
    return false;
  }
}

/** Publishes each message until that is acknowledged, by whatever process. */
async function publisher(run: Run, number: number): Promise<void> {
  const { world } = run;
  let life = world.start();
  for (let count = 1; count <= MESSAGES_EACH; count++) {
    await world.clock.sleep(world.chance.integer(15 * SECOND_MS));
    const tenantId = TENANTS[world.chance.integer(TENANTS.length)] ?? tenant("acme");
    const audience = AUDIENCES[world.chance.integer(AUDIENCES.length)] ?? { kind: "everyone" };
    const message = { tenantId, audience, messageId: `m-${number}-${count}` };
    while (!(await publish(run, life, message))) {
      if (life.isDead()) life = world.start();
      await world.clock.sleep(SECOND_MS);
    }
  }
  run.publishersLeft--;
}

async function lived(seed: number, harm: Harm): Promise<Run> {
  const world = deliveryWorld(seed);
  const startMs = world.clock.nowMs();
  const removedAtMs = startMs + REMOVED_AFTER_MS;
  const heardUntil = ({ subject }: Person) => (subject === REMOVED ? removedAtMs + REMOVAL_SEEN_MS : Infinity);
  const clients = TENANTS.flatMap(people).map((person) => new DeliveryClient(world, person, () => heardUntil(person)));
  const run: Run = { world, clients, acknowledged: [], publishersLeft: PUBLISHERS };
  world.harm = harm;
  for (let number = 1; number <= 3; number++) void gatewayRole(world);
  for (let number = 1; number <= 3; number++) void role(world, (life) => workIn(world, life));
  await world.clock.runUntil(startMs + SECOND_MS);
  for (const client of clients) void client.live();
  for (let number = 1; number <= PUBLISHERS; number++) void publisher(run, number);
  await world.clock.runUntil(removedAtMs);
  for (const tenantId of TENANTS) world.members.set(tenantId, { [REMOVED]: "none" });
  await world.clock.runUntil(startMs + 60 * MINUTE_MS, () => run.publishersLeft === 0);
  return run;
}

/** Nothing goes wrong any more, and each channel has one more message, that shows everybody what they lack. */
async function healed(run: Run): Promise<void> {
  const { world } = run;
  world.harm = NO_HARM;
  await world.clock.runUntil(world.clock.nowMs() + MINUTE_MS);
  const life = world.start();
  const last = TENANTS.flatMap((tenantId) =>
    AUDIENCES.map((audience, index) => ({ tenantId, audience, messageId: `last-${index}` })),
  );
  const published = Promise.all(last.map((message) => publish(run, life, message)));
  await world.clock.runUntil(world.clock.nowMs() + MINUTE_MS);
  expect(await published).toEqual(last.map(() => true));
}

async function storedIds({ world }: Run, tenantId: TenantId, channel: ChannelId): Promise<readonly string[]> {
  const reader = world.start();
  const page = reader.log.read(tenantId, { channel, after: 0, limit: 500 });
  await world.clock.runUntil(world.clock.nowMs() + SECOND_MS);
  return (await page).messages.map(({ messageId }) => messageId);
}

test.each(SEEDS)(
  "whatever dies, is lost, comes twice or late: every stored message reaches all who may hear it and come back, in order (seed %i)",
  async (seed) => {
    const run = await lived(seed, HARM);
    const { world, clients, acknowledged } = run;

    await healed(run);
    const present = await presentNow(run);

    expect(world.violations).toEqual([]);
    expect(run.publishersLeft).toBe(0);
    for (const client of clients) if (!client.isRemoved) await expectAll(run, client);
    for (const { tenantId, channel, messageId } of acknowledged)
      expect(await storedIds(run, tenantId, channel)).toContain(messageId);
    const here = clients.filter((one) => !one.isRemoved);
    expect(present).toEqual(here.map(({ person }) => `${person.tenantId} ${person.subject}`).sort());
    expect(world.deaths).toBeGreaterThan(5);
    const opened = clients.reduce((sum, { connections }) => sum + connections, 0);
    expect(opened).toBeGreaterThan(clients.length * 2);
    await expectAllBack(run);
    expect(world.metered.connections).toBeGreaterThan(opened / 2);
    expect(world.metered.connections).toBeLessThanOrEqual(opened);
  },
);

test.each(SEEDS.slice(0, 2))(
  "where nothing goes wrong everybody is told of everything without asking (seed %i)",
  async (seed) => {
    const run = await lived(seed, NO_HARM);
    await run.world.clock.runUntil(run.world.clock.nowMs() + SECOND_MS);

    expect(run.world.violations).toEqual([]);
    for (const client of run.clients) if (!client.isRemoved) await expectAll(run, client);
    expect(run.clients.map(({ resumes, connections }) => [resumes, connections])).toEqual(
      run.clients.map(() => [0, 1]),
    );
  },
);

/** Each of the client's channels, whole and in order. */
async function expectAll(run: Run, client: DeliveryClient): Promise<void> {
  const { person, channels, positions } = client;
  expect([person.subject, client.isConnected]).toEqual([person.subject, true]);
  for (const channel of channels) {
    const ids = await storedIds(run, person.tenantId, channel);
    expect([channel, positions.get(channel)?.ids]).toEqual([channel, ids]);
  }
}

/** A line for each connection. */
async function presentNow({ world }: Run): Promise<readonly string[]> {
  const life = world.start();
  const answers = Promise.all(TENANTS.map((tenantId) => life.connections.presence(tenantId)));
  await world.clock.runUntil(world.clock.nowMs() + SECOND_MS);
  return (await answers).flatMap(({ members }, index) =>
    members.flatMap((one) => new Array<string>(one.connections).fill(`${TENANTS[index]} ${one.subject}`)),
  );
}

/** After the last connection is over. Counted several times, a call's longest time apart: see the simulation of jobs. */
async function expectAllBack({ world }: Run): Promise<void> {
  world.isOver = true;
  for (const { kill } of [...world.gateways.values()]) kill();
  await world.clock.runUntil(world.clock.nowMs() + CONNECTION_LIFE_MS_MAX);
  const { connections } = world.start();
  for (let round = 1; round <= 4; round++) {
    const counters = { connections: (tenantId: TenantId) => connections.countStored(tenantId) };
    const counted = Promise.all(TENANTS.map((tenantId) => world.quotas.reconcile(tenantId, counters)));
    await world.clock.runUntil(world.clock.nowMs() + 16 * MINUTE_MS);
    await counted;
  }
  for (const tenantId of TENANTS) expect((await world.quotas.uses(tenantId, TENANT_LIMITS)).connections.used).toBe(0);
}
