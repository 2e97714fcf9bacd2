import type { HttpReply } from "../../layers/core/http/http-message.ts";
import type { ActionForbidden } from "../../layers/core/tenant/action.ts";
import type { Principal } from "../../layers/core/tenant/principal.ts";
import { scopeChallenge } from "../../layers/http/challenge.ts";
import type { RequestId } from "../../layers/mcp/protocol/json-rpc.ts";
import { errorReply } from "../../layers/mcp/protocol/replies.ts";

/** In the range that JSON-RPC leaves to servers, and MCP gives no meaning. */
const FORBIDDEN_CODE = -32010;

/**
 * A message that its sender has no right to. What lacks only a scope leads the client to a better token: MCP 2026-07-28,
 * authorization, "Scope Challenge Handling".
 */
export function forbiddenMessage(id: RequestId | undefined, problem: ActionForbidden, principal: Principal): HttpReply {
  const { reason, action } = problem;
  const message =
    reason === "scope_missing"
      ? `Forbidden: this needs a token with the scope ${problem.scope}`
      : `Forbidden: this is for the roles ${problem.roles.join(", ")}`;
  const error = { code: FORBIDDEN_CODE, message, data: { reason }, status: 403 };
  const reply = errorReply(id, error, "forbidden");
  const log = { operation: "forbidden", outcome: reason, refusedAction: action };
  if (reason === "role_forbidden") return { ...reply, log };
  const headers = { ...reply.headers, "www-authenticate": scopeChallenge(principal, problem.scope) };
  return { ...reply, headers, log };
}
