import { describe, expect, test } from "vitest";
import { usageHandler } from "../../functions/usage/handler.ts";
import { Connections } from "../../layers/core/connection/connections.ts";
import { LASTING_GATEWAYS } from "../../layers/core/connection/gateways.ts";
import { Hearers } from "../../layers/core/delivery/hearers.ts";
import { Lanes } from "../../layers/core/delivery/lanes.ts";
import type { QueueName } from "../../layers/core/deployment/function-shape.ts";
import type { JobDeps } from "../../layers/core/job/job-parts.ts";
import { succeeded } from "../../layers/core/job/job-run.ts";
import { JobWorker } from "../../layers/core/job/job-worker.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { ChannelLog } from "../../layers/core/message/channel-log.ts";
import { Channels } from "../../layers/core/message/channels.ts";
import type { Message } from "../../layers/core/ports/queue.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { ok } from "../../layers/core/result.ts";
import * as storeKeys from "../../layers/core/store/keys.ts";
import type { StandingOf } from "../../layers/core/tenant/standing.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { epochHourOf } from "../../layers/core/usage/hour.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { DEPLOYED_WORKERS } from "../../lib/functions.ts";
import { manualClock } from "../fixtures/manual-clock.ts";
import { memoryBlob } from "../fixtures/memory-blob.ts";
import { memoryPush } from "../fixtures/memory-push.ts";
import { memoryTable } from "../fixtures/memory-table.ts";
import { policyOf, principalOf } from "../fixtures/principals.ts";
import { seededChance } from "../fixtures/seeded-chance.ts";
import { tenant } from "../fixtures/tenants.ts";

/** Whatever a maker of keys asks for beside the tenant: a text, a number, or an object of them. */
const ANY: unknown = new Proxy({}, { get: (_target, name) => (name === Symbol.toPrimitive ? () => "1" : "1") });

describe("every key of the stores", () => {
  /** Keys that are made of no tenant, and why they lead to nothing of one. */
  const OF_NO_TENANT: Readonly<Record<string, string>> = {
    blobKindPrefix: "the beginning of keys that go on with a tenant",
    blobRowKey: "of a blob, whose key has its tenant",
    blobUploadKey: "of an upload that nobody else knows the id of",
    blobPartKey: "of such an upload",
    messagesPrefix: "the beginning of sort keys, within a tenant's partition",
    receiptPrefix: "the beginning of sort keys, within a tenant's partition",
    connectionShardPrefix: "the beginning of sort keys, within a tenant's partition",
    connectionMemberPrefix: "the beginning of sort keys, within a tenant's partition",
    connectionKey: "of a socket, by an id that the door has drawn and its own events alone name",
    homeKey: "of a person, by a digest of who they are",
    arrivalBucketKey: "of a person, by a digest of who they are",
  };
  /** Keys that are made of the fleet, which is a tenant: whom they are about stands in the rest. */
  const OF_FLEET: ReadonlySet<string> = new Set([
    "tenantIndexKey",
    "tenantErasureKey",
    "usageMarkKey",
    "usageMarkPartition",
  ]);
  const makers = Object.entries(storeKeys).flatMap(([name, make]) =>
    make instanceof Function ? [{ name, make }] : [],
  );
  const ofTenants = makers.filter(({ name }) => !Object.hasOwn(OF_NO_TENANT, name));

  test.each(ofTenants)("$name keeps tenants apart, also where one's name begins the other's", ({ name, make }) => {
    const keyOf = (tenantId: string): string =>
      JSON.stringify(Reflect.apply(make, undefined, [tenant(tenantId), ANY, ANY, ANY]));

    const [acme = "", longer, other] = ["acme", "acme-two", "globex"].map(keyOf);

    expect(new Set([acme, longer, other]).size).toBe(3);
    expect(acme).toMatch(OF_FLEET.has(name) ? /TENANT#acme#(?:TENANT-|USAGE-MARK)/ : /TENANT#acme#|\/acme\//);
  });

  test("is made of a tenant, or says why not", () => {
    const names = makers.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining([...Object.keys(OF_NO_TENANT), ...OF_FLEET]));
    for (const [name, why] of Object.entries(OF_NO_TENANT)) expect(`${name}: ${why}`).toMatch(/: .{10,}/);
  });
});

/** Works off one message on a table. */
type Work = (table: Table, message: Message) => Promise<unknown>;

/** A message as it is sent, and all the ways in which one could name another tenant. */
interface Messages {
  readonly body: object;
  readonly forged: readonly object[];
}

interface TriedQueue {
  readonly work: Work;
  /** On the table that the messages are worked off on. */
  readonly messages: (table: Table) => Promise<Messages>;
  /** A forged message faults, so that somebody looks; or it leads to nothing. */
  readonly forgedOnes: "fault" | "lead nowhere";
}

const CLOCK = manualClock();
const READING = { source: "s", epochHour: epochHourOf(CLOCK.nowMs()), seq: 1, totals: { calls: 7 } };

const OF_JOBS: TriedQueue = {
  work: (table, message) => {
    const handlers = new Map([["tool", async () => succeeded("done")]]);
    return new JobWorker({ ...jobDeps(table), handlers }).take(message, { deadlineEpochMs: CLOCK.nowMs() + 60_000 });
  },
  async messages(table) {
    const jobs = new Jobs(jobDeps(table));
    const [own, others] = [await aJob(jobs, tenant("alpha")), await aJob(jobs, tenant("beta"))];
    const { readyAtEpochMs } = own;
    return {
      body: { jobId: own.jobId, readyAtEpochMs },
      forged: [
        { jobId: others.jobId, readyAtEpochMs },
        { jobId: others.jobId, readyAtEpochMs, tenantId: "beta" },
        { jobId: `../beta/${others.jobId}`, readyAtEpochMs },
        { jobId: `TENANT#beta#JOB#${others.jobId}`, readyAtEpochMs },
      ],
    };
  },
  forgedOnes: "lead nowhere",
};

function jobDeps(table: Table): JobDeps {
  const nowhere: JobDeps["queues"]["normal"] = { send: async () => ok({ id: "1" }) };
  return {
    table,
    blob: memoryBlob(),
    queues: { normal: nowhere, high: nowhere },
    quotas: new Quotas({ table: memoryTable(CLOCK), clock: CLOCK }),
    policies: { policyOf: (tenantId) => policyOf(tenantId) },
    clock: CLOCK,
    chance: seededChance(1),
    region: "local",
    report: () => {},
  };
}

async function aJob(jobs: Jobs, tenantId: TenantId) {
  const order = { kind: "tool", title: "t", input: {}, submitter: principalOf({ tenantId }) };
  const submitted = await jobs.submit(tenantId, order);
  if (!submitted.ok) throw new TypeError(submitted.problem.reason);
  return submitted.value.job;
}

const LANE = { kind: "lane", channel: "everyone", shard: 0, from: 1, upTo: 1 };

const OF_LANES: TriedQueue = {
  async work(table, message) {
    const quotas = new Quotas({ table: memoryTable(CLOCK), clock: CLOCK });
    const parts = { table, quotas, clock: CLOCK, digest: sha256, gateways: LASTING_GATEWAYS, report: () => {} };
    const connections = new Connections({ ...parts, meter: { record: () => {} } });
    const log = new ChannelLog({
      table,
      clock: CLOCK,
      chance: seededChance(1),
      channels: new Channels({ table, clock: CLOCK }),
    });
    const policies = { policyOf: async (tenantId: TenantId) => policyOf(tenantId) };
    const standingOf: StandingOf = async (principal) => ok({ principal, policy: policyOf(principal.tenantId) });
    const lanes = new Lanes({
      ...{ table, clock: CLOCK, log, connections, push: memoryPush() },
      hearers: new Hearers({ policies, standingOf, clock: CLOCK }),
      frames: () => ({}),
      queue: { send: async () => ok({ id: "1" }) },
      runEnded: () => {},
      report: () => {},
    });
    return lanes.take(message, { deadlineEpochMs: CLOCK.nowMs() + 60_000 });
  },
  messages: async () => ({
    body: LANE,
    forged: ["TENANT#beta", "../beta", "beta#everyone", "channel:../beta#x"].map((channel) => ({ ...LANE, channel })),
  }),
  forgedOnes: "lead nowhere",
};

const QUEUES: Readonly<Record<QueueName, TriedQueue>> = {
  usage: {
    work: (table, message) => usageHandler({ table, clock: CLOCK, region: "local" })(message),
    messages: async () => ({
      body: { readings: [READING] },
      forged: [
        { readings: [{ ...READING, tenantId: "beta" }] },
        { tenantId: "beta", readings: [READING] },
        { readings: [{ ...READING, source: "TENANT#beta" }] },
        { readings: [{ ...READING, source: "../beta" }] },
      ],
    }),
    forgedOnes: "fault",
  },
  jobs: OF_JOBS,
  "jobs-high": OF_JOBS,
  messages: OF_LANES,
};

function messageOf(tenantId: TenantId, body: object): Message {
  return { id: "1", tenantId, body: JSON.stringify(body), attempt: 1, receipt: "1" };
}

/** All that is written to; what a condition kept from being written is not. */
function watched(table: Table): { readonly table: Table; readonly written: Set<string> } {
  const written = new Set<string>();
  return {
    written,
    table: {
      ...table,
      put: async (item, condition) => {
        const done = await table.put(item, condition);
        if (done.ok) written.add(`${item.pk} ${item.sk}`);
        return done;
      },
      update: async (key, change, condition) => {
        const done = await table.update(key, change, condition);
        if (done.ok) written.add(`${key.pk} ${key.sk}`);
        return done;
      },
    },
  };
}

describe("every message of a queue", () => {
  const queues = DEPLOYED_WORKERS.flatMap(({ shape }) => (shape.works.by === "queue" ? [shape.works.queue] : []));

  test("is of a queue that is tried here", () => {
    expect(Object.keys(QUEUES).sort()).toEqual([...new Set(queues)].sort());
  });

  test.each(queues)("of %s does what it says to whom it was sent by alone", async (queue) => {
    const { work, messages } = QUEUES[queue];
    const stored = memoryTable(CLOCK);
    const { body } = await messages(stored);
    const { table, written } = watched(stored);

    await work(table, messageOf(tenant("alpha"), body));

    expect(written.size).toBeGreaterThan(0);
    for (const key of written) expect(key).toMatch(/^TENANT#alpha#|^TENANT#fleet#.*#alpha$/);
  });

  test.each(queues)("of %s that names another tenant does nothing", async (queue) => {
    const { work, messages, forgedOnes } = QUEUES[queue];
    const stored = memoryTable(CLOCK);
    const { forged } = await messages(stored);
    const { table, written } = watched(stored);

    for (const body of forged) {
      const done = work(table, messageOf(tenant("alpha"), body));
      if (forgedOnes === "fault") await expect(done).rejects.toThrow();
      else expect(await done).toEqual({ message: "complete" });
    }

    expect([...written]).toEqual([]);
  });
});
