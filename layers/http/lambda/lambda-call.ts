import type { FrontDoor } from "../../core/deployment/function-shape.ts";
import type { DoorCall, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { elapsedMs, steadyMs } from "../elapsed-ms.ts";
import { ABORT_MARGIN_MS } from "./limits.ts";

/** What Lambda tells a function of an invocation, as far as it is used here. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** One call of a function through a front door. Most calls never look at their signal, so it is made when one does. */
export class LambdaCall implements DoorCall {
  readonly door: FrontDoor;
  readonly request: HttpRequest;
  tenantId: TenantId | undefined;
  admitted = false;
  readonly requestId: string;
  readonly startedAtEpochMs: number;
  readonly deadlineEpochMs: number;
  /** Set when the handler has answered. */
  reply: HttpReply | undefined;
  /** How long a drill let this call wait. */
  injectedDelayMs: number | undefined;
  /** Of the reply's body, as far as it is made. */
  bytes = 0;
  readonly #clock: Clock;
  readonly #startedMs = steadyMs();
  readonly #ended = new AbortController();
  #overdue: AbortController | undefined;

  constructor(
    invocation: Invocation,
    call: {
      readonly door: FrontDoor;
      readonly request: HttpRequest;
      readonly clock: Clock;
    },
  ) {
    this.door = call.door;
    this.request = call.request;
    this.#clock = call.clock;
    this.requestId = invocation.awsRequestId;
    this.startedAtEpochMs = call.clock.nowMs();
    this.deadlineEpochMs = this.startedAtEpochMs + invocation.getRemainingTimeInMillis() - ABORT_MARGIN_MS;
  }

  get signal(): AbortSignal {
    if (this.#overdue === undefined) {
      this.#overdue = new AbortController();
      void this.#abortAtDeadline(this.#overdue);
    }
    return this.#overdue.signal;
  }

  get durationMs(): number {
    return elapsedMs(this.#startedMs);
  }

  /** Without it, the timer of this call would go off in a later one: between calls time stands still for a function. */
  end(): void {
    this.#ended.abort();
  }

  async #abortAtDeadline(overdue: AbortController): Promise<void> {
    const leftMs = Math.max(0, this.deadlineEpochMs - this.#clock.nowMs());
    await this.#clock.sleep(leftMs, this.#ended.signal);
    if (!this.#ended.signal.aborted) overdue.abort();
  }
}
