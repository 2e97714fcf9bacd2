import * as z from "zod";
import type { DoorCall, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Identity } from "../../layers/core/tenant/identity.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { tenantView } from "../../layers/core/tenant/tenant-view.ts";
import type { NewcomerHandler } from "../../layers/http/gate.ts";
import { type HttpProblem, problemReply } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { tenantProblem } from "./tenant-reply.ts";
import { tenantIdText } from "./tenant-schemas.ts";

const SignUp = z.strictObject({ tenantId: tenantIdText, name: z.string().trim().min(1).max(100) });

/** What a tenant begins with that nobody has sold anything. */
const SIGN_UP_PLAN = "free";

/**
 * `POST /api/tenants` of somebody who belongs to no tenant: makes theirs, of which they are the owner. Their home is
 * settled first, so that each has one tenant; whoever lost the answer asks again and gets it.
 */
export function signUp(tenancy: Tenancy): NewcomerHandler {
  return async (request, call, newcomer) => {
    if (request.method !== "POST" || request.path !== "/api/tenants")
      return problemReply(SIGN_UP_FIRST, call.requestId);
    const asked = SignUp.safeParse(jsonOf(request));
    if (!asked.success) return problemReply(BODY_INVALID, call.requestId);
    const { issuer = "", subject } = newcomer;
    const taken = await settle(tenancy, { issuer, subject }, asked.data.tenantId);
    if (taken !== undefined) return problemReply(taken, call.requestId);
    return made(tenancy, { request, call, newcomer }, asked.data);
  };
}

/** A home that leads to nothing, since its tenant is gone, is given anew. */
async function settle(
  { homes, tenants }: Tenancy,
  subject: { readonly issuer: string; readonly subject: string },
  tenantId: TenantId,
): Promise<HttpProblem | undefined> {
  const settled = await homes.settle(subject, { tenantId });
  if (settled.ok) return undefined;
  const instead = settled.problem.tenantId;
  if ((await tenants.get(instead)) !== undefined) return HOME_TAKEN;
  return (await homes.settle(subject, { tenantId, instead })).ok ? undefined : HOME_TAKEN;
}

async function made(
  { homes, tenants, authenticator, policies }: Tenancy,
  { request, call, newcomer }: { readonly request: HttpRequest; readonly call: DoorCall; readonly newcomer: Identity },
  { tenantId, name }: z.output<typeof SignUp>,
): Promise<HttpReply> {
  const { issuer = "", subject, credential } = newcomer;
  const { remoteAddress } = request;
  const { requestId } = call;
  const actor = { tenantId, subject, role: "owner", credential, remoteAddress, requestId } as const;
  const created = await tenants.create({ tenantId, name, plan: SIGN_UP_PLAN, owner: { subject } }, { actor });
  const tenant = created.ok ? created.value : await tenants.get(tenantId);
  if (tenant?.members.get(subject)?.role !== "owner") {
    await homes.leave({ issuer, subject }, tenantId);
    return problemReply(created.ok ? BODY_INVALID : tenantProblem(created.problem), requestId);
  }
  authenticator.forgetHome({ issuer, subject });
  policies.forget(tenantId);
  const headers = { "content-type": "application/json", "cache-control": "no-store", etag: `"${tenant.version}"` };
  const log = { operation: "POST /api/tenants", outcome: "ok" };
  return { status: 201, headers, body: JSON.stringify(tenantView(tenant)), log };
}

function jsonOf({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const SIGN_UP_FIRST = {
  status: 403,
  code: "tenant_required",
  detail: "the token names no tenant; make yours first: POST /api/tenants",
} as const;
const BODY_INVALID = {
  status: 400,
  code: "body_invalid",
  detail: "send a JSON object with tenantId (lower-case letters, digits, inner hyphens) and name",
} as const;
const HOME_TAKEN = {
  status: 409,
  code: "home_taken",
  detail: "you have signed up already, or are about to",
} as const;
