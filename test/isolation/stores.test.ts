import { describe, expect, test } from "vitest";
import { usageHandler } from "../../functions/usage/handler.ts";
import type { QueueName } from "../../layers/core/deployment/function-shape.ts";
import type { Message } from "../../layers/core/ports/queue.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import * as storeKeys from "../../layers/core/store/keys.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { epochHourOf } from "../../layers/core/usage/hour.ts";
import { DEPLOYED_WORKERS } from "../../lib/functions.ts";
import { manualClock } from "../fixtures/manual-clock.ts";
import { memoryTable } from "../fixtures/memory-table.ts";
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

const CLOCK = manualClock();
const READING = { source: "s", epochHour: epochHourOf(CLOCK.nowMs()), seq: 1, totals: { calls: 7 } };

/** For each queue: what works it off, a message as it is sent, and all the ways in which one could name another tenant. */
const QUEUES: Readonly<
  Record<QueueName, { readonly work: Work; readonly body: object; readonly forged: readonly object[] }>
> = {
  usage: {
    work: (table, message) => usageHandler({ table, clock: CLOCK, region: "local" })(message),
    body: { readings: [READING] },
    forged: [
      { readings: [{ ...READING, tenantId: "beta" }] },
      { tenantId: "beta", readings: [READING] },
      { readings: [{ ...READING, source: "TENANT#beta" }] },
      { readings: [{ ...READING, source: "../beta" }] },
    ],
  },
};

function messageOf(tenantId: TenantId, body: object): Message {
  return { id: "1", tenantId, body: JSON.stringify(body), attempt: 1, receipt: "1" };
}

/** All partitions that are written to. */
function watched(table: Table): { readonly table: Table; readonly written: Set<string> } {
  const written = new Set<string>();
  return {
    written,
    table: {
      ...table,
      put: (item, condition) => {
        written.add(`${item.pk} ${item.sk}`);
        return table.put(item, condition);
      },
      update: (key, change, condition) => {
        written.add(`${key.pk} ${key.sk}`);
        return table.update(key, change, condition);
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
    const { work, body } = QUEUES[queue];
    const { table, written } = watched(memoryTable(CLOCK));

    await work(table, messageOf(tenant("alpha"), body));

    expect(written.size).toBeGreaterThan(0);
    for (const key of written) expect(key).toMatch(/^TENANT#alpha#|^TENANT#fleet#.*#alpha$/);
  });

  test.each(queues)("of %s that names another tenant is refused", async (queue) => {
    const { work, forged } = QUEUES[queue];
    const { table, written } = watched(memoryTable(CLOCK));

    for (const body of forged) await expect(work(table, messageOf(tenant("alpha"), body))).rejects.toThrow();

    expect([...written]).toEqual([]);
  });
});
