import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import type { Principal } from "../core/tenant/principal.ts";
import type { TenantPolicy } from "../core/tenant/tenant-policy.ts";
import { problemReply } from "./problem-reply.ts";

export interface KeyAccess {
  /** Whether this is the key. Takes as long for a key that is nearly right as for any other. */
  readonly isKey: (given: string) => Promise<boolean>;
  /** Who calls with the key. */
  readonly principal: Principal;
  readonly policy: TenantPolicy;
}

/** RFC 6750, section 2.1, and more characters than that, since keys may have them; the scheme in any case. */
const BEARER_PATTERN = /^bearer +([!-~]{1,512}) *$/i;

/** Answers those alone who bring the key, and tells no other what was wrong with theirs. */
export function keyAccess({ isKey, principal, policy }: KeyAccess, handler: HttpHandler): HttpHandler<DoorCall> {
  return async (request, context) => {
    const given = BEARER_PATTERN.exec(request.headers.authorization ?? "")?.[1];
    if (given === undefined || !(await isKey(given))) {
      const detail = "this server answers calls that carry its access key as a bearer token";
      const headers = { "www-authenticate": "Bearer" };
      return problemReply({ status: 401, code: "key_required", detail, headers }, context.requestId);
    }
    const { requestId, deadlineEpochMs } = context;
    context.tenantId = principal.tenantId;
    context.admitted = true;
    return handler(request, {
      principal,
      policy,
      requestId,
      deadlineEpochMs,
      get signal() {
        return context.signal;
      },
    });
  };
}
