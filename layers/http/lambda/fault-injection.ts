import type { InjectedFaults } from "../../core/deployment/injected-faults.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { LambdaCall } from "./lambda-call.ts";

/** A middleware that breaks a share of the calls as a drill has asked for, before their handler sees them. */
export function faultInjection(
  faults: InjectedFaults,
  { clock, chance }: { readonly clock: Clock; readonly chance: Chance },
) {
  const falls = (share: number): boolean => Number.parseInt(chance.uuid().slice(0, 8), 16) / 2 ** 32 < share;
  return {
    /** @throws {FaultInjected} */
    async before({ context: call }: { readonly context: unknown }): Promise<void> {
      if (!(call instanceof LambdaCall)) return;
      if (falls(faults.delayedShare)) {
        call.injectedDelayMs = faults.delayMs;
        await clock.sleep(faults.delayMs, call.signal);
      }
      if (falls(faults.failedShare)) throw new FaultInjected();
    },
  };
}

/** Tells in the log the faults of a drill from real ones. */
export class FaultInjected extends Error {
  readonly code = "fault_injected";
  constructor() {
    super("a drill let this call fail");
    this.name = "FaultInjected";
  }
}
