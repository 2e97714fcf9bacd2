import type { Action } from "../tenant/action.ts";
import type { Principal } from "../tenant/principal.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { TenantPolicy } from "../tenant/tenant-policy.ts";

/**
 * HTTP as plain data. The web's own `Request` and `Response` cost a cold process 34 ms at their first touch in Node 24,
 * so nothing here is made of them.
 */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** As sent, still percent-encoded, without the query. Starts with `/`. */
  readonly path: string;
  /** As sent, without the question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case; repeated ones joined by `, ` (cookies by `; `). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whole, within the limit of the door. */
  readonly body: Uint8Array;
  /** The peer's address as the door saw it. */
  readonly remoteAddress: string;
  /** Whether the caller's own connection is encrypted. */
  readonly tls: boolean;
  /** What stands before {@link path} for the caller: the stage of an API without a domain, such as `/live`. Left out, nothing. */
  readonly mount?: string;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** One `Set-Cookie` header each. */
  readonly cookies?: readonly string[];
  /**
   * A stream is always read to its end, also when the caller is gone (as Lambda does):
   * a handler that should stop then watches `CallContext.signal`.
   */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** What the handler adds to the call's one log line. Read after the end of the body. */
  readonly log?: CallLog;
}

/** Names and outcomes only: never arguments, headers, tokens or messages. */
export interface CallLog {
  /** The MCP method, or the route. */
  readonly operation?: string;
  readonly tool?: string;
  /** `ok`, or the reason of the refusal. */
  readonly outcome?: string;
  /** What the caller had no right to do, for the audit. */
  readonly refusedAction?: Action;
}

/** What everything on a call's way knows of it beside the request itself. */
export interface Call {
  readonly requestId: string;
  /** When the door will cut the call. */
  readonly deadlineEpochMs: number;
  /** Aborted when the caller is gone or the deadline has passed. Lambda can't see a caller leave. */
  readonly signal: AbortSignal;
}

/** A call at the door, before and after it is known who makes it. The gate writes down what it finds out. */
export interface DoorCall extends Call {
  /** Whose call it is; undefined as long as that is unknown. */
  tenantId: TenantId | undefined;
  /** Whether it came as far as its handler: only such a call is charged for. */
  admitted: boolean;
}

/** A call that was let in. */
export interface CallContext extends Call {
  readonly principal: Principal;
  /** When the credential is over by which they were let in; left out where that is not said. */
  readonly credentialEndsAtEpochMs?: number | undefined;
  /** What the principal's tenant may do. */
  readonly policy: TenantPolicy;
}

export type HttpHandler<Passing extends Call = CallContext> = (
  request: HttpRequest,
  context: Passing,
) => Promise<HttpReply>;
