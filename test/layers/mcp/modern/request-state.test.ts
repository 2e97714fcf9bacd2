import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallState, MrtrMethod } from "../../../../layers/mcp/call/call-state.ts";
import { REQUEST_STATE_BYTES_MAX, REQUEST_STATE_TTL_MS } from "../../../../layers/mcp/limits.ts";
import { readRequestState, sealRequestState } from "../../../../layers/mcp/modern/request-state.ts";
import type { Params } from "../../../../layers/mcp/protocol/json-rpc.ts";
import { hmacSeal, type SealKey } from "../../../../layers/node/hmac-seal.ts";
import { callContext, type McpParts, mcpParts, modernCaller } from "../../../fixtures/mcp-parts.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const STATE: CallState = { callId: "call-1", answers: { first: "yes" }, round: 2, returned: false, progress: 5 };
const PARAMS: Params = { name: "tool", arguments: { a: 1, b: { c: [1, 2], d: null } } };

interface Call {
  readonly method: MrtrMethod;
  readonly params: Params;
  readonly tenant: string;
  readonly subject: string;
}

const call = (parts: McpParts, given: Partial<Call> = {}) => {
  const principal = principalOf({ tenantId: tenant(given.tenant ?? "acme"), subject: given.subject ?? "ann" });
  return {
    method: given.method ?? ("tools/call" as const),
    params: given.params ?? PARAMS,
    caller: modernCaller(parts, { context: callContext(parts, { principal }) }),
  };
};

function sealed(parts: McpParts, state = STATE, given: Partial<Call> = {}): string {
  const result = sealRequestState(parts.server, { ...call(parts, given), state });
  return result.ok ? result.value : result.problem.reason;
}

const read = (parts: McpParts, requestState: unknown, given: Partial<Call> = {}, inputResponses?: unknown) => {
  const { params, ...rest } = call(parts, given);
  const more = inputResponses === undefined ? {} : { inputResponses };
  return readRequestState(parts.server, { ...rest, params: { ...params, requestState, ...more } });
};

const REFUSED = { ok: false, problem: { code: -32602, status: 200 } };

test("a call that carries nothing is a first run", () => {
  const parts = mcpParts([]);

  expect(read(parts, undefined)).toEqual({ ok: true, value: undefined });
});

test("what was sealed for a call comes back with it, and the new answers beside the old", () => {
  const parts = mcpParts([]);

  const state = read(parts, sealed(parts), {}, { second: { roots: [] }, first: "no" });

  expect(state).toEqual({ ok: true, value: { ...STATE, answers: { first: "no", second: { roots: [] } } } });
});

test("the same arguments with their keys in another order are the same request", () => {
  const parts = mcpParts([]);
  const params = { arguments: { b: { d: null, c: [1, 2] }, a: 1 }, name: "tool", _meta: { any: "thing" } };

  expect(read(parts, sealed(parts), { params })).toMatchObject({ ok: true });
});

test("answers without a state are taken by a first run", () => {
  const parts = mcpParts([]);

  expect(read(parts, undefined, {}, { who: 1 })).toEqual({
    ok: true,
    value: { callId: expect.any(String), answers: { who: 1 }, round: 0, returned: false, progress: undefined },
  });
});

describe("a state is refused", () => {
  test.each<[what: string, given: Partial<Call>]>([
    ["from another principal", { subject: "eve" }],
    ["in another tenant", { tenant: "other" }],
    ["with another method", { method: "prompts/get" }],
    ["with another tool", { params: { ...PARAMS, name: "other" } }],
    ["with other arguments", { params: { ...PARAMS, arguments: { a: 1, b: { c: [2, 1], d: null } } } }],
    ["without arguments", { params: { name: "tool" } }],
    ["with a uri beside the name", { params: { ...PARAMS, uri: "r:1" } }],
  ])("%s", (_what, given) => {
    const parts = mcpParts([]);

    expect(read(parts, sealed(parts), given)).toMatchObject(REFUSED);
  });

  test("when its time is over, and not a moment sooner", () => {
    const parts = mcpParts([]);
    const state = sealed(parts);

    parts.clock.advance(REQUEST_STATE_TTL_MS - 1);
    expect(read(parts, state)).toMatchObject({ ok: true });

    parts.clock.advance(1);
    expect(read(parts, state)).toMatchObject(REFUSED);
  });

  test("with a character changed anywhere", () => {
    const parts = mcpParts([]);
    const state = sealed(parts);

    fc.assert(
      fc.property(
        fc.nat(state.length - 1),
        fc.string({ minLength: 1, maxLength: 1, unit: "binary-ascii" }),
        (at, other) => {
          fc.pre(state[at] !== other);
          expect(read(parts, state.slice(0, at) + other + state.slice(at + 1))).toMatchObject(REFUSED);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([[5], [null], [{}], [[]], [""], ["text"], ["a.b.c"], ["k1.e30.AAAA"]])("that is %j", (state) => {
    expect(read(mcpParts([]), state)).toMatchObject(REFUSED);
  });

  test("that was sealed for another use", () => {
    const parts = mcpParts([]);

    expect(read(parts, parts.server.seal.seal("cookie", JSON.stringify(STATE)))).toMatchObject(REFUSED);
  });

  test("longer than any that was given, before it is looked into", () => {
    const parts = mcpParts([]);
    const { seal } = parts.server;
    const text = seal.open("mcp-request-state", sealed(parts)) ?? "";
    const padded = (length: number) => seal.seal("mcp-request-state", text + " ".repeat(length));

    expect(read(parts, padded(100))).toMatchObject({ ok: true });
    expect(read(parts, padded(REQUEST_STATE_BYTES_MAX))).toMatchObject(REFUSED);
  });

  test.each([[[]], ["text"], [5], [null]])("with answers that are %j", (inputResponses) => {
    const parts = mcpParts([]);

    expect(read(parts, sealed(parts), {}, inputResponses)).toMatchObject(REFUSED);
    expect(read(parts, undefined, {}, inputResponses)).toMatchObject(REFUSED);
  });
});

describe("of two processes", () => {
  const one: SealKey = { id: "one", secret: Buffer.alloc(32, 1) };
  const two: SealKey = { id: "two", secret: Buffer.alloc(32, 2) };

  test("the other goes on with what the first sealed, also while keys are rotated", () => {
    const before = mcpParts([], { seal: hmacSeal([one]) });
    const during = mcpParts([], { seal: hmacSeal([two, one]) });

    expect(read(during, sealed(before))).toMatchObject({ ok: true, value: { callId: "call-1" } });
  });

  test("one without the key refuses it", () => {
    const before = mcpParts([], { seal: hmacSeal([one]) });
    const after = mcpParts([], { seal: hmacSeal([two]) });

    expect(read(after, sealed(before))).toMatchObject(REFUSED);
  });
});

test("answers larger than a call can carry are not sealed", () => {
  const parts = mcpParts([]);
  const answers = (length: number): CallState => ({ ...STATE, answers: { a: "x".repeat(length) } });

  expect(sealRequestState(parts.server, { ...call(parts), state: answers(REQUEST_STATE_BYTES_MAX) })).toEqual({
    ok: false,
    problem: { reason: "state_too_large", bytesMax: REQUEST_STATE_BYTES_MAX },
  });
  expect(sealed(parts, answers(40_000)).length).toBeLessThanOrEqual(REQUEST_STATE_BYTES_MAX);
});
