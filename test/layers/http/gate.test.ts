import { beforeEach, describe, expect, test } from "vitest";
import type { CallContext, DoorCall, HttpHandler } from "../../../layers/core/http/http-message.ts";
import type { RateAnswer } from "../../../layers/core/rate/rate-answer.ts";
import { ok, refused } from "../../../layers/core/result.ts";
import type { CredentialProblem, Identity } from "../../../layers/core/tenant/identity.ts";
import { SCOPES } from "../../../layers/core/tenant/scope.ts";
import type { TenantPolicy } from "../../../layers/core/tenant/tenant-policy.ts";
import { type GateParts, gate, type RefusedRight } from "../../../layers/http/gate.ts";
import { aCall, answering, aRequest, problemOf } from "../../fixtures/http-call.ts";
import { policyOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";

const METADATA = "https://cell.example.com/.well-known/oauth-protected-resource/mcp";
const ANN: Identity = {
  tenantId: tenant("acme"),
  subject: "ann",
  claimedRole: "developer",
  scopes: SCOPES,
  credential: "token",
};
const ADMITTED: RateAnswer = {
  admitted: true,
  exceeded: "none",
  perSecond: 10,
  burst: 20,
  remaining: 19,
  resetSeconds: 1,
  retryAfterSeconds: 1,
};

let call: DoorCall;
let seen: CallContext | undefined;
let refusals: RefusedRight[];
const handler: HttpHandler = async (request, context) => {
  seen = context;
  return answering()(request, context);
};

beforeEach(() => {
  call = { requestId: "r-1", deadlineEpochMs: 5, signal: aCall.signal, tenantId: undefined, admitted: false };
  seen = undefined;
  refusals = [];
});

interface Given {
  readonly identity?: Partial<Identity>;
  readonly problem?: CredentialProblem;
  readonly policy?: Partial<TenantPolicy> | "none";
  readonly rate?: Partial<RateAnswer>;
}

function partsOf({ identity, problem, policy = {}, rate }: Given): GateParts {
  return {
    authenticate: () => (problem === undefined ? ok({ ...ANN, ...identity }) : refused(problem)),
    policyOf: async (tenantId) => (policy === "none" ? undefined : policyOf(tenantId, policy)),
    takeCall: () => ({ ...ADMITTED, ...rate }),
    resourceMetadataUrl: () => METADATA,
    rightRefused: (refusal) => void refusals.push(refusal),
    region: "eu-west-1",
  };
}

const pass = (given: Given, inner = handler) => gate(partsOf(given), inner)(aRequest(), call);

describe("a call that is let in", () => {
  test("reaches its handler with who calls and what their tenant may do", async () => {
    const reply = await pass({});

    expect(reply.status).toBe(200);
    expect(seen).toMatchObject({
      requestId: "r-1",
      principal: { tenantId: "acme", subject: "ann", role: "developer", credential: "token" },
      policy: { tenantId: "acme" },
    });
    expect(seen?.signal).toBe(call.signal);
    expect(call).toMatchObject({ tenantId: "acme", admitted: true });
  });

  test("tells its caller what may still be asked", async () => {
    const { headers } = await pass({});

    expect(headers).toMatchObject({ "ratelimit-policy": '"burst";q=20;w=2', ratelimit: '"burst";r=19;t=1' });
  });

  test.each([
    ["the tenant's record", { ann: "viewer" } as const, "viewer"],
    ["the token where the record does not name them", { bob: "viewer" } as const, "developer"],
  ])("has the role of %s", async (_whose, members, role) => {
    await pass({ policy: { members } });

    expect(seen?.principal.role).toBe(role);
  });

  test.each(["toString", "__proto__", "constructor"])(
    "has no role of an object's own for being named %s",
    async (subject) => {
      await pass({ identity: { subject, claimedRole: "viewer" } });

      expect(seen?.principal.role).toBe("viewer");
    },
  );
});

describe("a call that is not let in", () => {
  test.each<[what: string, given: Given, status: number, code: string]>([
    ["of a removed member", { policy: { members: { ann: "none" } } }, 403, "role_absent"],
    ["without any role", { identity: { claimedRole: undefined } }, 403, "role_absent"],
    ["of a newcomer", { identity: { tenantId: undefined } }, 403, "tenant_required"],
    ["of one whose home is gone", { identity: { issuer: "i" }, policy: "none" }, 403, "tenant_required"],
    ["of one whose home has put them out", { identity: { issuer: "i" } }, 403, "tenant_required"],
    ["of a region that the tenant has not allowed", { policy: { regions: ["us-east-1"] } }, 403, "region_forbidden"],
    ["over the rate", { rate: { admitted: false, exceeded: "rate" } }, 429, "rate_exceeded"],
    ["over the month's calls", { rate: { admitted: false, exceeded: "month" } }, 429, "month_exceeded"],
    ["without a credential", { problem: { reason: "credential_absent" } }, 401, "credential_absent"],
    ["with a wrong one", { problem: { reason: "credential_refused", detail: "expired" } }, 401, "credential_refused"],
    ["that can't be checked", { problem: { reason: "issuer_unavailable" } }, 503, "issuer_unavailable"],
  ])("%s is refused, reaches no handler and is not charged for", async (_what, given, status, code) => {
    const reply = await pass(given);

    expect(problemOf(reply)).toMatchObject({ status, code, requestId: "r-1" });
    expect(seen).toBeUndefined();
    expect(call.admitted).toBe(false);
  });

  test("learns nothing of why its tenant is not served", async () => {
    const suspended = await pass({ policy: { status: "suspended" } });
    const deleted = await pass({ policy: { status: "deleted" } });
    const absent = await pass({ policy: "none" });

    expect(problemOf(suspended)).toMatchObject({ status: 403, code: "tenant_inactive" });
    expect(deleted).toEqual(suspended);
    expect(absent).toEqual(suspended);
  });

  test("is told when to come back", async () => {
    const { headers } = await pass({ rate: { admitted: false, exceeded: "rate", retryAfterSeconds: 7 } });

    expect(headers).toMatchObject({ "retry-after": "7", ratelimit: expect.any(String) });
  });

  test("is led to its token", async () => {
    const absent = await pass({ problem: { reason: "credential_absent" } });
    const wrong = await pass({ problem: { reason: "credential_refused", detail: "the token has expired" } });

    expect(absent.headers["www-authenticate"]).toBe(
      `Bearer scope="mcp:read mcp:call", resource_metadata="${METADATA}"`,
    );
    expect(wrong.headers["www-authenticate"]).toBe(
      `Bearer error="invalid_token", error_description="the token has expired", resource_metadata="${METADATA}"`,
    );
  });
});

test("a handler's challenge is completed, and a refused right is told of", async () => {
  const reply = await pass(
    {},
    answering({
      status: 403,
      headers: { "www-authenticate": 'Bearer error="insufficient_scope"' },
      log: { refusedAction: "member.change" },
    }),
  );

  expect(reply.headers["www-authenticate"]).toBe(`Bearer error="insufficient_scope", resource_metadata="${METADATA}"`);
  expect(refusals).toEqual([
    {
      principal: expect.objectContaining({ subject: "ann" }),
      action: "member.change",
      requestId: "r-1",
      remoteAddress: "127.0.0.1",
    },
  ]);
});
