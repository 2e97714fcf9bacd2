import * as z from "zod";
import { type Result, unreachable } from "../../layers/core/result.ts";
import { type ApiKey, apiKeyPrefix } from "../../layers/core/tenant/api-key.ts";
import type { ApiKeyProblem, MadeApiKey } from "../../layers/core/tenant/api-keys.ts";
import {
  API_KEY_NAME_CHARACTERS_MAX,
  API_KEY_OVERLAP_SECONDS,
  API_KEY_OVERLAP_SECONDS_MAX,
} from "../../layers/core/tenant/limits.ts";
import { TENANT_ROLES } from "../../layers/core/tenant/role.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { defineOperation, type Operation, type OperationOutcome } from "../../layers/http/operation/operation.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { byCaller } from "./tenant-operations.ts";
import { epochMs } from "./tenant-schemas.ts";

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
const MADE = { status: 201, description: "The key", schema: MadeKey } as const;

const NewKey = z.strictObject({
  name: z.string().trim().min(1).max(API_KEY_NAME_CHARACTERS_MAX),
  role: z.enum(TENANT_ROLES),
  scopes: z.array(z.enum(SCOPES)).min(1).optional(),
  expiresAtEpochMs: epochMs.optional(),
});

const Rotation = z.strictObject({
  overlapSeconds: z.int().min(0).max(API_KEY_OVERLAP_SECONDS_MAX).default(API_KEY_OVERLAP_SECONDS),
});

/** The keys of a tenant's programs. */
export function apiKeyOperations({ apiKeys }: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "listApiKeys",
      method: "GET",
      path: KEYS,
      tag: TAG,
      summary: "List its keys, by their beginnings",
      action: "api-key.read",
      success: { status: 200, description: "All keys", schema: z.object({ keys: z.array(ShownKey) }) },
      run: async ({ tenantId }) => ({ json: { keys: (await apiKeys.list(tenantId)).map(shown) } }),
    }),
    defineOperation({
      id: "createApiKey",
      method: "POST",
      path: KEYS,
      tag: TAG,
      summary: "Make a key, which may no more than you may",
      action: "api-key.change",
      body: NewKey,
      success: MADE,
      async run(call) {
        const { actor } = byCaller(call);
        const { principal, policy } = call.context;
        const by = { actor, scopes: principal.scopes, keysMax: policy.limits.apiKeys };
        return told(await apiKeys.create(call.tenantId, call.body, by));
      },
    }),
    defineOperation({
      id: "rotateApiKey",
      method: "POST",
      path: `${KEYS}/{keyId}/rotate`,
      tag: TAG,
      summary: "Make a key in place of one, which goes on for the overlap",
      action: "api-key.change",
      body: Rotation,
      success: MADE,
      async run(call) {
        const { actor } = byCaller(call);
        const { principal, policy } = call.context;
        const by = { actor, scopes: principal.scopes, keysMax: policy.limits.apiKeys };
        const { overlapSeconds } = call.body;
        return told(await apiKeys.rotate(call.tenantId, call.params.keyId ?? "", { ...by, overlapSeconds }));
      },
    }),
    defineOperation({
      id: "revokeApiKey",
      method: "DELETE",
      path: `${KEYS}/{keyId}`,
      tag: TAG,
      summary: "Revoke a key: within ten seconds it opens nothing anywhere",
      action: "api-key.change",
      success: { status: 204, description: "It is revoked" },
      async run(call) {
        const { actor } = byCaller(call);
        const revoked = await apiKeys.revoke(call.tenantId, call.params.keyId ?? "", { actor });
        return revoked.ok ? NO_BODY : { problem: apiKeyProblem(revoked.problem) };
      },
    }),
  ];
}

const NO_BODY: OperationOutcome = {};

function told(result: Result<MadeApiKey, ApiKeyProblem>): OperationOutcome {
  if (!result.ok) return { problem: apiKeyProblem(result.problem) };
  return { json: { ...shown(result.value.key), key: result.value.text } };
}

/** Never its hash. */
function shown({ tenantId, hash: _hash, ...key }: ApiKey): z.input<typeof ShownKey> {
  return { ...key, scopes: [...key.scopes], prefix: apiKeyPrefix({ tenantId, keyId: key.keyId }) };
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
