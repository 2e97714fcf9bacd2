import { expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { POLICIES_MAX } from "../../../../layers/core/tenant/limits.ts";
import { TenantPolicies } from "../../../../layers/core/tenant/tenant-policies.ts";
import type { TenantPolicy } from "../../../../layers/core/tenant/tenant-policy.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { policyOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const active = policyOf(acme);
const suspended = policyOf(acme, { status: "suspended" });

/** Reads that are answered when the test says so. */
function policiesUnderTest() {
  const clock = manualClock();
  const reads: PromiseWithResolvers<TenantPolicy | undefined>[] = [];
  const policies = new TenantPolicies({
    clock,
    read: () => {
      const reading = Promise.withResolvers<TenantPolicy | undefined>();
      reads.push(reading);
      return reading.promise;
    },
  });
  const answer = async (policy: TenantPolicy | undefined) => {
    reads.at(-1)?.resolve(policy);
    await new Promise(setImmediate);
  };
  return { clock, reads, policies, answer };
}

test("a tenant is read once for all who ask at once, and then answered without a promise", async () => {
  const { policies, reads, answer } = policiesUnderTest();
  const asked = [policies.policyOf(acme), policies.policyOf(acme)];

  await answer(active);

  expect(await Promise.all(asked)).toEqual([active, active]);
  expect(reads).toHaveLength(1);
  expect(policies.policyOf(acme)).toBe(active);
});

test("an answer older than 5 s is read again while calls go on with it", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);
  await answer(active);
  clock.advance(5_000);
  expect(policies.policyOf(acme)).toBe(active);
  expect(reads).toHaveLength(1);

  clock.advance(1);
  const meanwhile = [policies.policyOf(acme), policies.policyOf(acme)];
  await answer(suspended);

  expect(meanwhile).toEqual([active, active]);
  expect(reads).toHaveLength(2);
  expect(policies.policyOf(acme)).toBe(suspended);
});

test("no answer is older than 8 s, counted from when its read was sent", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);
  clock.advance(3_000);
  await answer(active);
  clock.advance(5_000);
  expect(policies.policyOf(acme)).toBe(active);

  clock.advance(1);
  const asked = policies.policyOf(acme);
  await answer(suspended);

  expect(asked).toBeInstanceOf(Promise);
  expect(await asked).toBe(suspended);
  expect(reads).toHaveLength(2);
});

test("a read that began too long ago, as in a process that was frozen, is not waited for", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);
  clock.advance(8_001);

  const asked = policies.policyOf(acme);
  reads[0]?.resolve(active);
  await answer(suspended);

  expect(await asked).toBe(suspended);
  expect(policies.policyOf(acme)).toBe(suspended);
});

test("a clock that was set back makes no answer young again", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);
  await answer(active);

  clock.advance(-60_000);
  const asked = policies.policyOf(acme);
  await answer(suspended);

  expect(await asked).toBe(suspended);
  expect(reads).toHaveLength(2);
});

test("a store that fails is told once no answer is young enough, and asked again by the next call", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);
  await answer(active);
  const fault = new StoreFault("table", "get", { cause: undefined });
  clock.advance(6_000);
  expect(policies.policyOf(acme)).toBe(active);
  reads.at(-1)?.reject(fault);
  await new Promise(setImmediate);
  expect(policies.policyOf(acme)).toBe(active);
  expect(reads).toHaveLength(3);

  reads.at(-1)?.reject(fault);
  await new Promise(setImmediate);
  clock.advance(3_000);
  const late = policies.policyOf(acme);
  reads.at(-1)?.reject(fault);

  await expect(late).rejects.toBe(fault);
});

test("that there is no such tenant is remembered as long", async () => {
  const { policies, clock, reads, answer } = policiesUnderTest();
  const asked = policies.policyOf(acme);
  await answer(undefined);

  expect(await asked).toBeUndefined();
  expect(policies.policyOf(acme)).toBeUndefined();
  expect(reads).toHaveLength(1);
  clock.advance(8_001);
  expect(policies.policyOf(acme)).toBeInstanceOf(Promise);
});

test("what was changed in this process holds at once, also against a read that was on its way", async () => {
  const { policies, reads, answer } = policiesUnderTest();
  void policies.policyOf(acme);

  policies.forget(acme);
  const asked = policies.policyOf(acme);
  await answer(suspended);
  reads[0]?.resolve(active);
  await new Promise(setImmediate);

  expect(await asked).toBe(suspended);
  expect(policies.policyOf(acme)).toBe(suspended);
});

test("the fleet itself is active and is never read", () => {
  const { policies, reads } = policiesUnderTest();

  expect(policies.policyOf(tenant("fleet"))).toMatchObject({ tenantId: "fleet", status: "active", toolkits: [] });
  expect(reads).toEqual([]);
});

test("so many tenants are remembered and no more", async () => {
  let readCount = 0;
  const policies = new TenantPolicies({
    clock: manualClock(),
    read: async (tenantId) => {
      readCount += 1;
      return policyOf(tenantId);
    },
  });
  for (let index = 0; index <= POLICIES_MAX; index++) await policies.policyOf(tenant(`t-${index}`));

  expect(policies.policyOf(tenant(`t-${POLICIES_MAX}`))).not.toBeInstanceOf(Promise);
  expect(policies.policyOf(tenant("t-1"))).not.toBeInstanceOf(Promise);
  expect(policies.policyOf(tenant("t-0"))).toBeInstanceOf(Promise);
  expect(readCount).toBe(POLICIES_MAX + 2);
});
