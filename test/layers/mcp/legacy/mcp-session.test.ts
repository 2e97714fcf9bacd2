import { describe, expect, test } from "vitest";
import type { Principal } from "../../../../layers/core/tenant/principal.ts";
import {
  changeSubscriptions,
  endSession,
  findSession,
  openSession,
  type StoredSession,
  setLogLevel,
} from "../../../../layers/mcp/legacy/mcp-session.ts";
import { MCP_SESSION_TTL_SECONDS, SUBSCRIPTIONS_MAX } from "../../../../layers/mcp/limits.ts";
import { type McpParts, mcpParts } from "../../../fixtures/mcp-parts.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ann = principalOf();

async function opened(parts: McpParts, capabilities: Record<string, unknown> = {}): Promise<StoredSession> {
  const session = await openSession(parts.server, ann, { version: "2025-06-18", capabilities });
  if (!session.ok) throw new TypeError(session.problem.reason);
  return session.value;
}

test("a session is found as it was opened", async () => {
  const parts = mcpParts([]);
  const session = await opened(parts, { sampling: {}, elicitation: { form: {} } });

  expect(session).toMatchObject({ version: "2025-06-18", logLevel: "info", subscriptions: [] });
  expect(await findSession(parts.server, ann, session.id)).toEqual(session);
});

test.each<[what: string, principal: Principal]>([
  ["another principal of the tenant", { ...ann, subject: "eve" }],
  ["the same subject of another tenant", { ...ann, tenantId: tenant("other") }],
])("a session is not there for %s", async (_what, principal) => {
  const parts = mcpParts([]);
  const { id } = await opened(parts);

  expect(await findSession(parts.server, principal, id)).toBeUndefined();
});

test.each(["", "unknown", "a b", "ä", "x".repeat(129), "\n", "../SESSION"])("%j names no session", async (id) => {
  expect(await findSession(mcpParts([]).server, ann, id)).toBeUndefined();
});

describe("a session ends", () => {
  test("when its client says so", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);

    await endSession(parts.server, ann, id);

    expect(await findSession(parts.server, ann, id)).toBeUndefined();
  });

  test("a day after its last request, and no request is too many to keep it", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);
    const dayMs = MCP_SESSION_TTL_SECONDS * 1_000;

    for (let day = 0; day < 3; day++) {
      parts.clock.advance(dayMs - 3_600_000 - 1_000);
      expect(await findSession(parts.server, ann, id)).toBeDefined();
    }
    parts.clock.advance(dayMs);

    expect(await findSession(parts.server, ann, id)).toBeUndefined();
  });

  test("and is not brought back by a change that was under way", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);
    await endSession(parts.server, ann, id);

    await setLogLevel(parts.server, ann, id, "debug");
    const changed = await changeSubscriptions(parts.server, ann, id, () => ["r:1"]);

    expect(changed).toEqual({ ok: false, problem: { reason: "not_subscribed" } });
    expect(await findSession(parts.server, ann, id)).toBeUndefined();
  });
});

test("the log level is the last that was set", async () => {
  const parts = mcpParts([]);
  const { id } = await opened(parts);

  await setLogLevel(parts.server, ann, id, "debug");
  await setLogLevel(parts.server, ann, id, "error");

  expect(await findSession(parts.server, ann, id)).toMatchObject({ logLevel: "error" });
});

describe("subscriptions", () => {
  const add = (uri: string) => (uris: readonly string[]) => [...uris, uri];

  test("made by many requests at once are all kept", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);

    const made = await Promise.all(
      Array.from({ length: 10 }, (_, n) => changeSubscriptions(parts.server, ann, id, add(`r:${n}`))),
    );

    expect(made.every(({ ok }) => ok)).toBe(true);
    expect((await findSession(parts.server, ann, id))?.subscriptions.toSorted()).toEqual(
      Array.from({ length: 10 }, (_, n) => `r:${n}`),
    );
  });

  test("past the limit are refused and change nothing", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);
    const full = Array.from({ length: SUBSCRIPTIONS_MAX }, (_, n) => `r:${n}`);
    await changeSubscriptions(parts.server, ann, id, () => full);

    const refusal = await changeSubscriptions(parts.server, ann, id, add("r:one-more"));

    expect(refusal).toEqual({ ok: false, problem: { reason: "too_many_subscriptions" } });
    expect((await findSession(parts.server, ann, id))?.subscriptions).toEqual(full);
  });

  test("that no item could hold are refused, and not acknowledged", async () => {
    const parts = mcpParts([]);
    const { id } = await opened(parts);

    const refusal = await changeSubscriptions(parts.server, ann, id, () => ["x".repeat(500_000)]);

    expect(refusal).toEqual({ ok: false, problem: { reason: "too_many_subscriptions" } });
  });
});

test("a client that declares more than an item holds is refused, and gets no session", async () => {
  const parts = mcpParts([]);
  const capabilities = { experimental: "x".repeat(500_000) };

  expect(await openSession(parts.server, ann, { version: "2025-06-18", capabilities })).toEqual({
    ok: false,
    problem: { reason: "session_too_large" },
  });
});
