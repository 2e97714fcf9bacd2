import type { HttpReply } from "../core/http/http-message.ts";
import type { ActionForbidden } from "../core/tenant/action.ts";
import type { Principal } from "../core/tenant/principal.ts";
import { scopeChallenge } from "./challenge.ts";
import { problemReply } from "./problem-reply.ts";

/** For a caller without the right to an action. The gate notes it for the audit. */
export function forbiddenReply(problem: ActionForbidden, principal: Principal, requestId: string): HttpReply {
  const { reason, action } = problem;
  const reply =
    reason === "scope_missing"
      ? problemReply(
          {
            status: 403,
            code: reason,
            detail: `this needs a token with the scope ${problem.scope}`,
            headers: { "www-authenticate": scopeChallenge(principal, problem.scope) },
          },
          requestId,
        )
      : problemReply(
          { status: 403, code: reason, detail: `this is for the roles ${problem.roles.join(", ")}` },
          requestId,
        );
  return { ...reply, log: { ...reply.log, refusedAction: action } };
}
