import type { CallContext } from "../core/http/http-message.ts";
import type { Principal } from "../core/tenant/principal.ts";

/** One call at the local door. Most calls never look at their signal, so it is made when it is first looked at. */
export class LocalCall implements CallContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly deadlineEpochMs: number;
  #controller: AbortController | undefined;
  #aborted = false;
  #cut: (() => void) | undefined;
  #timer: NodeJS.Timeout;

  constructor(
    call: Omit<CallContext, "signal">,
    times: { readonly timeoutMs: number; readonly cutAfterAbortMs: number },
  ) {
    this.principal = call.principal;
    this.requestId = call.requestId;
    this.deadlineEpochMs = call.deadlineEpochMs;
    this.#timer = setTimeout(() => {
      this.abort();
      this.#timer = setTimeout(() => this.#cut?.(), times.cutAfterAbortMs);
    }, times.timeoutMs);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /**
   * Says what ends the call when its handler has not done so in time.
   *
   * Taken as an argument on purpose: V8 puts a function that is written in an assignment to a property into the old
   * generation, where it keeps all that it sees of its call until the next full collection.
   */
  cutBy(cut: () => void): void {
    this.#cut = cut;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
