import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { AuditLog } from "../../../../layers/core/audit/audit-log.ts";
import type { KeyedHash } from "../../../../layers/core/ports/keyed-hash.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import type { Result } from "../../../../layers/core/result.ts";
import { apiKeyKey } from "../../../../layers/core/store/keys.ts";
import { parseApiKeyText } from "../../../../layers/core/tenant/api-key.ts";
import { ApiKeyCheck } from "../../../../layers/core/tenant/api-key-check.ts";
import { ApiKeys, type MadeApiKey } from "../../../../layers/core/tenant/api-keys.ts";
import { POLICY_STALE_MS_MAX } from "../../../../layers/core/tenant/limits.ts";
import type { Role } from "../../../../layers/core/tenant/role.ts";
import { SCOPES } from "../../../../layers/core/tenant/scope.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { TenantPolicies } from "../../../../layers/core/tenant/tenant-policies.ts";
import { keyedHash } from "../../../../layers/node/keyed-hash.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { policyOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const PEPPER = "p".repeat(64);
const DAY_SECONDS = 86_400;

let clock: ManualClock;
let table: Table;
let reads: number;
let keys: ApiKeys;
let check: ApiKeyCheck;
let keysVersion: number;
let policyReads: number;
let changed: (() => void)[];

/** In a process of its own, which knows the tenant as some seconds ago. */
function checking(hash = keyedHash([PEPPER])): ApiKeyCheck {
  const read = async (tenantId: TenantId) => {
    policyReads++;
    return tenantId === ACME ? policyOf(tenantId, { keysVersion }) : undefined;
  };
  const policies = new TenantPolicies({ read, clock });
  changed.push(() => policies.forget(ACME));
  return new ApiKeyCheck({ table, clock, hash, digest: sha256, policies, report: unexpected });
}
const unexpected = (fault: unknown): never => expect.unreachable(String(fault));
const by = (role: Role = "owner", keysMax = 100) => ({
  actor: { tenantId: ACME, subject: "ann", role, credential: "token", remoteAddress: "", requestId: "r" } as const,
  scopes: SCOPES,
  keysMax,
});

beforeEach(() => {
  clock = manualClock();
  const stored = memoryTable(clock);
  reads = 0;
  table = {
    ...stored,
    get: (...given) => {
      reads++;
      return stored.get(...given);
    },
  };
  const chance = systemChance();
  keysVersion = 0;
  policyReads = 0;
  changed = [];
  check = checking();
  const [forget] = changed;
  keys = new ApiKeys({
    table,
    clock,
    chance,
    hash: keyedHash([PEPPER]),
    quotas: new Quotas({ table, clock }),
    audit: new AuditLog({ table, clock, chance, digest: sha256, report: unexpected }),
    keysChanged: async () => {
      keysVersion++;
      forget?.();
    },
  });
});

async function made(role: "owner" | "admin" | "developer" | "viewer" = "developer"): Promise<MadeApiKey> {
  return succeeded(await keys.create(ACME, { name: "ci", role }, by()));
}

function succeeded<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new TypeError(JSON.stringify(result.problem));
  return result.value;
}

describe("a key", () => {
  test("is told once and opens as what it was made for", async () => {
    const { key, text } = await made();

    expect(text).toMatch(new RegExp(`^sk_acme_${key.keyId}_[\\w-]{43}$`));
    expect(await check.check(text)).toEqual({
      ok: true,
      value: {
        tenantId: "acme",
        subject: `key:${key.keyId}`,
        claimedRole: "developer",
        scopes: [
          "mcp:read",
          "mcp:call",
          "sessions:read",
          "sessions:write",
          "jobs:read",
          "jobs:write",
          "people:read",
          "people:write",
          "tenant:read",
        ],
        credential: "api-key",
      },
    });
  });

  test("leaves nothing in the store or the log by which it could be found out", async () => {
    const { key, text } = await made();
    const secret = text.split("_").slice(3).join("_");

    const stored = await table.get(apiKeyKey(ACME, key.keyId));
    const { items } = await table.query({ pk: "TENANT#acme#AUDIT", limit: 100 });

    expect(JSON.stringify([stored, items])).not.toContain(secret);
    expect(stored?.hash).not.toContain(sha256(secret));
    expect(items).toHaveLength(2);
  });

  test("is read once and then known for as long as no key changes", async () => {
    const { text } = await made();
    await check.check(text);
    await check.check(text);
    const before = reads;

    for (let call = 0; call < 100; call++) await check.check(text);
    clock.advance(60_000);
    await check.check(text);

    expect(check.check(text)).toMatchObject({ ok: true });
    expect(reads).toBe(before);
  });

  test("tells when it was last used, for one write an hour", async () => {
    const { key, text } = await made();
    await check.check(text);
    const [first] = await keys.list(ACME);
    clock.advance(59 * 60_000);
    await check.check(text);
    const [second] = await keys.list(ACME);
    clock.advance(60_000);
    await check.check(text);
    const [third] = await keys.list(ACME);

    expect([first, second, third].map((listed) => (listed?.lastUsedAtEpochMs ?? 0) - key.createdAtEpochMs)).toEqual([
      0, 0, 3_600_000,
    ]);
  });

  test("opens nothing after its time", async () => {
    const expiresAtEpochMs = clock.nowMs() + 1_000;
    const { text } = succeeded(await keys.create(ACME, { name: "short", role: "viewer", expiresAtEpochMs }, by()));

    expect(await check.check(text)).toMatchObject({ ok: true, value: { expiresAtEpochMs } });
    clock.advance(1_000);
    expect(await check.check(text)).toMatchObject({ ok: false });
    expect(await keys.list(ACME)).toEqual([]);
  });
});

describe("a revoked key", () => {
  test("opens nothing here at once, and elsewhere after ten seconds", async () => {
    const { key, text } = await made();
    const elsewhere = checking();
    await elsewhere.check(text);
    await check.check(text);

    succeeded(await keys.revoke(ACME, key.keyId, by()));

    expect(await check.check(text)).toMatchObject({ ok: false });
    for (let second = 0; second < 10; second++) {
      await elsewhere.check(text);
      clock.advance(1_000);
    }
    expect(await elsewhere.check(text)).toMatchObject({ ok: false });
  });

  test("opens nothing after ten seconds when it is revoked again, since who revoked it first ended before telling", async () => {
    const { key, text } = await made();
    const elsewhere = checking();
    await elsewhere.check(text);
    await table.delete(apiKeyKey(ACME, key.keyId));
    clock.advance(10_000);
    const untold = await elsewhere.check(text);

    await keys.revoke(ACME, key.keyId, by());
    clock.advance(10_000);

    expect(untold).toMatchObject({ ok: true });
    expect(await elsewhere.check(text)).toMatchObject({ ok: false });
  });

  test("is not taken for good again from a replica that has not heard of it", async () => {
    const { key, text } = await made();
    const heard = await table.get(apiKeyKey(ACME, key.keyId));
    const { get } = table;
    table.get = async (asked, options) => (options?.stale === true ? heard : get(asked, options));

    succeeded(await keys.revoke(ACME, key.keyId, by()));

    expect(await check.check(text)).toMatchObject({ ok: false });
    expect(await checking().check(text)).toMatchObject({ ok: false });
  });

  test("can't be revoked twice, and gives its place back", async () => {
    const { key } = succeeded(await keys.create(ACME, { name: "only", role: "viewer" }, by("owner", 1)));

    expect(await keys.create(ACME, { name: "more", role: "viewer" }, by("owner", 1))).toMatchObject({
      problem: { reason: "quota_reached", quota: "apiKeys", limit: 1 },
    });
    succeeded(await keys.revoke(ACME, key.keyId, by()));
    expect(await keys.revoke(ACME, key.keyId, by())).toMatchObject({ problem: { reason: "api_key_absent" } });
    succeeded(await keys.create(ACME, { name: "more", role: "viewer" }, by("owner", 1)));
  });
});

describe("a rotated key", () => {
  test("opens beside its successor for the overlap, and is told to be replaced", async () => {
    const old = await made();
    const fresh = succeeded(await keys.rotate(ACME, old.key.keyId, { ...by(), overlapSeconds: DAY_SECONDS }));

    expect(await check.check(old.text)).toMatchObject({ ok: true });
    expect(await check.check(fresh.text)).toMatchObject({ value: { claimedRole: "developer" } });
    expect(await keys.list(ACME)).toContainEqual(expect.objectContaining({ replacedBy: fresh.key.keyId }));
    clock.advance(DAY_SECONDS * 1_000);
    expect(await check.check(old.text)).toMatchObject({ ok: false });
    expect(await check.check(fresh.text)).toMatchObject({ ok: true });
  });

  test("is rotated once, whoever tries at the same moment", async () => {
    const old = await made();
    const rotate = () => keys.rotate(ACME, old.key.keyId, { ...by(), overlapSeconds: 60 });

    const outcomes = await Promise.all([rotate(), rotate(), rotate()]);

    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await keys.list(ACME)).toHaveLength(2);
  });

  test("has no overlap of more than seven days", async () => {
    const { key } = await made();

    expect(await keys.rotate(ACME, key.keyId, { ...by(), overlapSeconds: 7 * DAY_SECONDS + 1 })).toMatchObject({
      problem: { reason: "overlap_too_long" },
    });
  });

  test("frees its place once its time is over and another is needed", async () => {
    const old = succeeded(await keys.create(ACME, { name: "a", role: "viewer" }, by("owner", 2)));
    succeeded(await keys.rotate(ACME, old.key.keyId, { ...by("owner", 2), overlapSeconds: 1 }));
    clock.advance(1_000);

    expect(await keys.create(ACME, { name: "b", role: "viewer" }, by("owner", 2))).toMatchObject({ ok: true });
  });
});

test.each<[Role, "owner" | "admin" | "developer" | "viewer", boolean]>([
  ["owner", "owner", true],
  ["admin", "owner", false],
  ["admin", "admin", true],
  ["viewer", "developer", false],
  ["operator", "viewer", false],
])("a key made by the %s may be one of a %s: %s", async (actorRole, role, allowed) => {
  const { key } = await made(role);

  const outcomes = [
    await keys.create(ACME, { name: "n", role }, by(actorRole)),
    await keys.rotate(ACME, key.keyId, { ...by(actorRole), overlapSeconds: 0 }),
  ];

  expect(outcomes.map(({ ok }) => ok)).toEqual([allowed, allowed]);
});

describe("a key may be used for no more than its maker may", () => {
  const { actor, keysMax } = by("admin");
  const narrow = { actor, keysMax, scopes: ["tenant:admin", "mcp:read"] } as const;

  test("when its scopes are named", async () => {
    const draft = { name: "wide", role: "developer", scopes: ["mcp:read", "mcp:call"] } as const;

    expect(await keys.create(ACME, draft, narrow)).toEqual({
      ok: false,
      problem: { reason: "scope_too_wide", scope: "mcp:call" },
    });
    expect(await keys.list(ACME)).toEqual([]);
  });

  test("when they are not", async () => {
    const { key } = succeeded(await keys.create(ACME, { name: "narrow", role: "developer" }, narrow));

    expect(key.scopes).toEqual(["mcp:read"]);
  });

  test("when it takes another's place", async () => {
    const { key } = await made();

    expect(await keys.rotate(ACME, key.keyId, { ...narrow, overlapSeconds: 0 })).toMatchObject({
      problem: { reason: "scope_too_wide" },
    });
  });
});

describe("what is no key", () => {
  test("is refused in the same words as a wrong secret", async () => {
    const { text } = await made();
    const wrongSecret = `${text.slice(0, -4)}AAAA`;
    const unknownId = text.replace(/_[0-9a-f]{16}_/, "_0000000000000000_");
    const otherTenant = text.replace("sk_acme", "sk_other");

    const answers = await Promise.all(
      [wrongSecret, unknownId, otherTenant, "sk_", ""].map((given) => check.check(given)),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    expect(answers[0]).toMatchObject({ ok: false, problem: { reason: "credential_refused" } });
  });

  test.each([
    ["nobody has called", false],
    ["the tenant calls all the time", true],
  ])("takes the same work where %s, whether its tenant, its id or its secret is wrong", async (_where, isBusy) => {
    const { text } = await made();
    const { text: inUse } = await made();
    const hash = keyedHash([PEPPER]);
    const compared: number[] = [];
    const matches: KeyedHash["matches"] = (given, stored) => {
      compared.push(given.length);
      return hash.matches(given, stored);
    };
    const wrong = [
      text.replace("sk_acme", "sk_other"),
      text.replace(/_[0-9a-f]{16}_/, "_0000000000000000_"),
      `${text.slice(0, -4)}AAAA`,
    ];

    const work = [];
    for (const given of wrong) {
      const process = checking({ ...hash, matches });
      const step = async (answer: () => unknown) => {
        if (isBusy) await process.check(inUse);
        const before = [reads, policyReads];
        compared.length = 0;
        const answered = answer();
        await answered;
        return [answered instanceof Promise, reads - (before[0] ?? 0), policyReads - (before[1] ?? 0), ...compared];
      };
      const first = await step(() => process.check(given));
      const again = await step(() => process.check(given));
      clock.advance(POLICY_STALE_MS_MAX + 1);
      const later = await step(() => process.check(given));
      work.push({ first, again, later });
    }

    expect(work).toEqual(Array(3).fill({ first: [true, 1, 0, 43], again: [false, 0, 0], later: [true, 1, 0, 43] }));
  });

  test("costs no read when it can't be one, and one in five seconds when it could", async () => {
    const unknown = `sk_acme_${"0".repeat(16)}_${"A".repeat(43)}`;
    await check.check(unknown);
    const before = reads;

    for (let call = 0; call < 50; call++) await check.check(unknown);
    for (const text of ["sk_acme", "sk_ACME_0_0", "eyJ.a.b", "x".repeat(10_000)]) await check.check(text);

    expect(reads).toBe(before);
  });

  test("is read for twenty times a second in all, and goes on costing nothing to those whose keys are known", async () => {
    const { text } = await made();
    const { text: unseen } = await made();
    await check.check(text);
    const before = reads;
    const guess = (number: number) => `sk_acme_${number.toString(16).padStart(16, "0")}_${"A".repeat(43)}`;
    const answers: unknown[] = [];

    for (let number = 0; number < 100; number++) answers.push(await check.check(guess(number)));

    expect(reads - before).toBe(20);
    expect(answers[19]).toMatchObject({ problem: { reason: "credential_refused" } });
    expect(answers[99]).toMatchObject({ problem: { reason: "issuer_unavailable" } });
    expect(await check.check(text)).toMatchObject({ ok: true });
    expect(await check.check(unseen)).toMatchObject({ problem: { reason: "issuer_unavailable" } });
    clock.advance(9_000);
    for (let number = 100; number < 200; number++) await check.check(guess(number));
    expect(await check.check(text)).toMatchObject({ ok: true });
    clock.advance(1_000);
    expect(await check.check(unseen)).toMatchObject({ ok: true });
  });

  test("is told nothing while too many are tried, whether its tenant calls here or not, and neither is a wrong secret", async () => {
    const { text } = await made();
    await check.check(text);
    for (let number = 0; number < 20; number++) {
      await check.check(`sk_acme_${number.toString(16).padStart(16, "0")}_${"A".repeat(43)}`);
    }
    clock.advance(POLICY_STALE_MS_MAX + 1);
    await Promise.all(
      Array.from({ length: 20 }, (_, number) => check.check(`sk_t${number}_${"0".repeat(16)}_${"A".repeat(43)}`)),
    );
    const before = [reads, policyReads];

    const answers = [
      check.check(`${text.slice(0, -4)}AAAA`),
      check.check(text.replace(/_[0-9a-f]{16}_/, "_0000000000000000_")),
      check.check(text.replace("sk_acme", "sk_other")),
    ];

    expect(answers).toEqual(Array(3).fill({ ok: false, problem: { reason: "issuer_unavailable" } }));
    expect([reads, policyReads]).toEqual(before);
    expect(await check.check(text)).toMatchObject({ ok: true });
  });

  test("makes nobody wait who has shown the right secret of the key", async () => {
    const { text } = await made();
    await check.check(text);

    for (const ending of ["AAAA", "AAAQ", "AAAg"]) await check.check(`${text.slice(0, -4)}${ending}`);

    const answer = check.check(text);
    expect(answer).not.toBeInstanceOf(Promise);
    expect(answer).toMatchObject({ ok: true });
  });

  test("costs no more when each names another tenant", async () => {
    const { text } = await made();
    await check.check(text);
    const [before, policiesBefore] = [reads, policyReads];
    const guess = (number: number) => `sk_t${number}_${"0".repeat(16)}_${"A".repeat(43)}`;

    for (let number = 0; number < 100; number++) await check.check(guess(number));

    expect([reads - before, policyReads - policiesBefore]).toEqual([20, 0]);
    expect(check.check(text)).toMatchObject({ ok: true });
    expect(await check.check(guess(100))).toMatchObject({ problem: { reason: "issuer_unavailable" } });
  });

  test("whatever it is, is refused and never thrown over", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
        expect(await check.check(`sk_${text}`)).toMatchObject({ ok: false });
        expect(parseApiKeyText(text)).toBeUndefined();
      }),
    );
  });
});

describe("when the secret behind the hashes is rotated", () => {
  const NEXT = "q".repeat(64);

  test("a key that is used meanwhile lives on", async () => {
    const { text } = await made();

    expect(await checking(keyedHash([NEXT, PEPPER])).check(text)).toMatchObject({ ok: true });
    expect(await checking(keyedHash([NEXT])).check(text)).toMatchObject({ ok: true });
  });

  test("a key that was never used since opens nothing once both secrets are gone", async () => {
    const { text } = await made();

    expect(await checking(keyedHash([NEXT])).check(text)).toMatchObject({ ok: false });
  });
});
