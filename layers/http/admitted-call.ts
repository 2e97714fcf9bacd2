import type { CallContext, DoorCall } from "../core/http/http-message.ts";

/**
 * A call as its handler sees it.
 *
 * A class on purpose: V8 keeps the getter of an object literal in the old generation, and with it all that the getter
 * sees of its call, until the next full collection.
 */
export class AdmittedCall implements CallContext {
  readonly principal: CallContext["principal"];
  readonly policy: CallContext["policy"];
  readonly credentialEndsAtEpochMs: CallContext["credentialEndsAtEpochMs"];
  readonly requestId: string;
  readonly deadlineEpochMs: number;
  readonly #call: DoorCall;

  constructor(call: DoorCall, { principal, policy, credentialEndsAtEpochMs }: Omit<CallContext, keyof DoorCall>) {
    this.principal = principal;
    this.policy = policy;
    this.credentialEndsAtEpochMs = credentialEndsAtEpochMs;
    this.requestId = call.requestId;
    this.deadlineEpochMs = call.deadlineEpochMs;
    this.#call = call;
  }

  /** The door's signal is made when it is first looked at, so it is asked for no sooner. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }
}
