import type { Clock } from "../ports/clock.ts";
import type { Gateways } from "./gateways.ts";
import { GATEWAY_HEARTBEAT_MS, GATEWAY_RETRY_MS } from "./limits.ts";

export interface GatewayHoldParts {
  readonly gateways: Pick<Gateways, "enter" | "renew" | "leave">;
  readonly clock: Clock;
  /** A name that nobody has had before. */
  readonly gateway: string;
  readonly address: string;
  /** Told once: others have cleared away what it holds, so that it has to cut it. */
  readonly lost: () => void;
  readonly report: (fault: unknown) => void;
}

/** The name is taken: names come from chance, so this is none that was made here. */
export class GatewayNameTaken extends Error {
  readonly code = "gateway_name_taken";
  constructor(gateway: string) {
    super(`there is or was a gateway ${gateway}`);
    this.name = "GatewayNameTaken";
  }
}

/** Says of a process that holds connections that it lives, for as long as it does. */
export class GatewayHold {
  readonly #parts: GatewayHoldParts;
  readonly #over = new AbortController();
  #beats: Promise<void> = Promise.resolve();

  constructor(parts: GatewayHoldParts) {
    this.#parts = parts;
  }

  /** Before it takes its first connection. */
  async start(): Promise<void> {
    const { gateways, gateway, address } = this.#parts;
    if (!(await gateways.enter(gateway, { address }))) throw new GatewayNameTaken(gateway);
    this.#beats = this.#beat();
  }

  /** After its last connection has ended. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#beats;
    await this.#parts.gateways.leave(this.#parts.gateway);
  }

  async #beat(): Promise<void> {
    const { clock, gateways, gateway, lost, report } = this.#parts;
    let pauseMs = GATEWAY_HEARTBEAT_MS;
    while (!this.#over.signal.aborted) {
      await clock.sleep(pauseMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      try {
        if (!(await gateways.renew(gateway))) return lost();
        pauseMs = GATEWAY_HEARTBEAT_MS;
      } catch (fault) {
        report(fault);
        pauseMs = GATEWAY_RETRY_MS;
      }
    }
  }
}
