import type { DoorCall } from "../core/http/http-message.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";

/** Why a call is ended before its handler has done so. */
export type CutReason = "call_timeout" | "server_draining";

/** One call at the local door. Most calls never look at their signal, so it is made when it is first looked at. */
export class LocalCall implements DoorCall {
  tenantId: TenantId | undefined;
  admitted = false;
  readonly requestId: string;
  readonly deadlineEpochMs: number;
  #controller: AbortController | undefined;
  #aborted = false;
  #cut: ((reason: CutReason) => void) | undefined;
  #timer: NodeJS.Timeout;

  constructor(
    call: Pick<DoorCall, "requestId" | "deadlineEpochMs">,
    times: { readonly timeoutMs: number; readonly cutAfterAbortMs: number },
  ) {
    this.requestId = call.requestId;
    this.deadlineEpochMs = call.deadlineEpochMs;
    this.#timer = setTimeout(() => {
      this.abort();
      this.#timer = setTimeout(() => this.#cut?.("call_timeout"), times.cutAfterAbortMs);
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
   * Says what ends the call when its handler has not done so: some time after its deadline, and when it is dismissed.
   *
   * Taken as an argument on purpose: V8 puts a function that is written in an assignment to a property into the old
   * generation, where it keeps all that it sees of its call until the next full collection.
   */
  cutBy(cut: (reason: CutReason) => void): void {
    this.#cut = cut;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** The door closes: the caller is still there and shall be told, the handler shall stop. */
  dismiss(): void {
    this.#cut?.("server_draining");
    this.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
