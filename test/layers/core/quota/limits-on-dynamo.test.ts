import { afterAll, beforeAll, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { RateLimiter } from "../../../../layers/core/rate/rate-limiter.ts";
import { rateBucketKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const manual = manualClock();
const clock = { ...manual, sleep: systemClock().sleep };

let dynamo: LocalDynamoTable;
let table: Table;
beforeAll(async () => {
  dynamo = await localDynamoTable(clock);
  table = dynamo.table;
});
afterAll(() => dynamo.close());

test("two processes on DynamoDB give the burst at once, then the rate, and the tokens back at their end", async () => {
  const limits = { requestsPerSecond: 100, requestBurst: 200 };
  const keyOf = (tenantId: TenantId) => rateBucketKey(tenantId, "eu-west-1");
  const report = (fault: unknown): never => expect.unreachable(String(fault));
  const [one, other] = [0, 1].map(() => new RateLimiter({ table, clock, keyOf, report }));
  const admitted = async (limiter: RateLimiter | undefined, calls: number) => {
    const answers = await Promise.all(Array.from({ length: calls }, () => limiter?.take(acme, limits)));
    return answers.filter((answer) => answer?.admitted).length;
  };

  const atOnce = (await admitted(one, 60)) + (await admitted(other, 30));
  await Promise.all([one?.close(), other?.close()]);
  const rest = await admitted(one, 300);
  manual.advance(1_000);
  const aSecondLater = (await admitted(other, 300)) + (await admitted(one, 300));

  expect([atOnce, aSecondLater]).toEqual([90, 100]);
  expect(rest).toBeGreaterThan(0);
  expect(atOnce + rest).toBeLessThanOrEqual(limits.requestBurst);
});

test("a count on DynamoDB gives as many places as there are, and is repaired", async () => {
  const quotas = new Quotas({ table, clock });
  const asked = { quota: "recipes", limit: 10 } as const;
  const usedNow = async () => (await quotas.uses(acme, TENANT_LIMITS)).recipes.used;

  const taken = await Promise.all(Array.from({ length: 30 }, () => quotas.take(acme, asked)));
  const full = await usedNow();
  manual.advance(CALL_DURATION_MS_MAX);
  await quotas.reconcile(acme, { recipes: async () => 4 });

  expect(taken.filter(({ ok }) => ok)).toHaveLength(asked.limit);
  expect([full, await usedNow()]).toEqual([10, 4]);
});
