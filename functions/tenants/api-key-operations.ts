import * as z from "zod";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { type Result, unreachable } from "../../layers/core/result.ts";
import { type ApiKey, apiKeyPrefix } from "../../layers/core/tenant/api-key.ts";
import type { ApiKeyProblem, KeyMaker, MadeApiKey } from "../../layers/core/tenant/api-keys.ts";
import {
  API_KEY_NAME_CHARACTERS_MAX,
  API_KEY_OVERLAP_SECONDS,
  API_KEY_OVERLAP_SECONDS_MAX,
} from "../../layers/core/tenant/limits.ts";
import { TENANT_ROLES } from "../../layers/core/tenant/role.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { defineOperation, type Operation, type OperationCall } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { epochMs } from "../time-schemas.ts";
import { byCaller } from "./caller.ts";

const TAG = "API keys";
const KEYS = "/api/tenants/{tenantId}/keys";

const ShownKey = z.object({
  keyId: z.string(),
  prefix: z.string().describe("How the key begins; the rest of it is nowhere"),
  name: z.string(),
  role: z.enum(TENANT_ROLES),
  scopes: z.array(z.enum(SCOPES)),
  createdAtEpochMs: epochMs,
  createdBy: z.string(),
  expiresAtEpochMs: epochMs.optional(),
  replacedBy: z.string().optional().describe("The key that was made in its place"),
  lastUsedAtEpochMs: epochMs.optional().describe("To the hour"),
});
const MadeKey = ShownKey.extend({ key: z.string().describe("Told this once: keep it") });

const KEY_EXAMPLE = {
  keyId: "0f3c9a1d5be27846",
  prefix: "sk_acme_0f3c9a1d5be27846",
  name: "nightly",
  role: "viewer",
  scopes: ["mcp:read"],
  createdAtEpochMs: 1_795_000_000_000,
  createdBy: "ann@example.com",
} as const;
const MADE = {
  status: 201,
  description: "The key, told this once",
  schema: MadeKey,
  example: { ...KEY_EXAMPLE, key: `${KEY_EXAMPLE.prefix}_...` },
} as const;

const OneKey = z.strictObject({ keyId: z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits") });

const NewKey = z.strictObject({
  name: z.string().trim().min(1).max(API_KEY_NAME_CHARACTERS_MAX),
  role: z.enum(TENANT_ROLES).describe("No higher than one's own"),
  scopes: z.array(z.enum(SCOPES)).min(1).optional().describe("Left out, all of one's own that the role may use"),
  expiresAtEpochMs: epochMs.optional().describe("Left out, it goes on until it is revoked"),
});

const Rotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(API_KEY_OVERLAP_SECONDS_MAX)
      .default(API_KEY_OVERLAP_SECONDS)
      .describe("How long the old key still opens"),
  })
  .prefault({});

export interface ApiKeyParts {
  readonly tenancy: Pick<Tenancy, "apiKeys">;
  readonly clock: Clock;
}

/** The keys of a tenant's programs. */
export function apiKeyOperations(parts: ApiKeyParts): readonly Operation[] {
  return [...keptOperations(parts), ...makingOperations(parts)];
}

function keptOperations({ tenancy: { apiKeys } }: ApiKeyParts): readonly Operation[] {
  return [
    defineOperation({
      id: "listApiKeys",
      method: "GET",
      path: KEYS,
      tag: TAG,
      summary: "List its keys, by their beginnings",
      action: "api-key.read",
      success: {
        status: 200,
        description: "All keys: there are never more than fit into one reply",
        schema: z.object({ keys: z.array(ShownKey) }),
        example: { keys: [KEY_EXAMPLE] },
      },
      run: async ({ tenantId }) => ({ json: { keys: (await apiKeys.list(tenantId)).map(shown) } }),
    }),
    defineOperation({
      id: "revokeApiKey",
      method: "DELETE",
      path: `${KEYS}/{keyId}`,
      tag: TAG,
      summary: "Revoke a key",
      description: "Within ten seconds it opens nothing anywhere.",
      action: "api-key.change",
      params: OneKey,
      success: { status: 204, description: "It is revoked" },
      async run(call) {
        const { actor } = byCaller(call);
        const revoked = await apiKeys.revoke(call.tenantId, call.params.keyId, { actor });
        return revoked.ok ? {} : refusal(revoked.problem);
      },
    }),
  ];
}

function makingOperations({ tenancy: { apiKeys }, clock }: ApiKeyParts): readonly Operation[] {
  return [
    defineOperation({
      id: "createApiKey",
      method: "POST",
      path: KEYS,
      tag: TAG,
      summary: "Make a key, which may no more than you may",
      description: "Where the answer was lost, the key stands in the list: revoke it, and make another.",
      action: "api-key.change",
      body: NewKey,
      bodyExample: { name: "nightly", role: "viewer", scopes: ["mcp:read"] },
      success: MADE,
      conflict: "The tenant has all the keys that it may have",
      async run(call) {
        const { expiresAtEpochMs } = call.body;
        if (expiresAtEpochMs !== undefined && expiresAtEpochMs <= clock.nowMs()) return { problem: EXPIRY_PAST };
        return told(await apiKeys.create(call.tenantId, call.body, makerOf(call)));
      },
    }),
    defineOperation({
      id: "rotateApiKey",
      method: "POST",
      path: `${KEYS}/{keyId}/rotate`,
      tag: TAG,
      summary: "Make a key in place of one, which goes on for the overlap",
      action: "api-key.change",
      params: OneKey,
      body: Rotation,
      bodyExample: { overlapSeconds: 3_600 },
      success: MADE,
      conflict: "The key was replaced already, or is over; or the tenant has all the keys that it may have",
      async run(call) {
        const by = { ...makerOf(call), overlapSeconds: call.body.overlapSeconds };
        return told(await apiKeys.rotate(call.tenantId, call.params.keyId, by));
      },
    }),
  ];
}

function makerOf(call: OperationCall<unknown, unknown, unknown>): KeyMaker {
  const { principal, policy } = call.context;
  return { actor: byCaller(call).actor, scopes: principal.scopes, keysMax: policy.limits.apiKeys };
}

function told(result: Result<MadeApiKey, ApiKeyProblem>): OperationOutcome {
  if (!result.ok) return refusal(result.problem);
  return { json: { ...shown(result.value.key), key: result.value.text } };
}

/** Never its hash. */
function shown({ tenantId, hash: _hash, ...key }: ApiKey): z.input<typeof ShownKey> {
  return { ...key, scopes: [...key.scopes], prefix: apiKeyPrefix({ tenantId, keyId: key.keyId }) };
}

/** Who wants to give what they have not themselves is refused a right. */
function refusal(refused: ApiKeyProblem): OperationOutcome {
  const problem = apiKeyProblem(refused);
  return problem.status === 403 ? { problem, refusedAction: "api-key.change" } : { problem };
}

function apiKeyProblem(problem: ApiKeyProblem): HttpProblem {
  const { reason: code } = problem;
  switch (problem.reason) {
    case "api_key_absent":
      return { status: 404, code, detail: "the tenant has no such key" };
    case "api_key_spent":
      return { status: 409, code, detail: "this key was replaced already, or is over" };
    case "role_too_high":
      return { status: 403, code, detail: `${problem.role} is a higher role than your own` };
    case "scope_too_wide":
      return { status: 403, code, detail: `${problem.scope} is no scope of your own` };
    case "overlap_too_long":
      return { status: 400, code, detail: `a replaced key goes on for at most ${problem.secondsMax} seconds` };
    case "quota_reached":
      return { status: 409, code, detail: `the tenant has its ${problem.limit} keys already; revoke one first` };
    default:
      return unreachable(problem);
  }
}

const EXPIRY_PAST: HttpProblem = {
  status: 400,
  code: "expiry_past",
  detail: "expiresAtEpochMs: is over already; it takes milliseconds",
};
