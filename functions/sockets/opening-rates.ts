import type { Clock } from "../../layers/core/ports/clock.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { RateLimiter } from "../../layers/core/rate/rate-limiter.ts";
import { arrivalBucketKey } from "../../layers/core/store/keys.ts";
import { isLoopbackAddress } from "../../layers/identity/loopback.ts";
import { OPENINGS_PER_ADDRESS } from "./limits.ts";

/** How fast one address may open connections, in all processes of a region together. */
export class OpeningRates {
  readonly #limiter: RateLimiter<string>;
  readonly #digest: Digest;

  constructor(parts: {
    readonly table: Pick<Table, "update">;
    readonly clock: Clock;
    readonly digest: Digest;
    readonly region: string;
    readonly report: (fault: unknown) => void;
  }) {
    const { region } = parts;
    this.#limiter = new RateLimiter({ ...parts, keyOf: (address) => arrivalBucketKey(address, region) });
    this.#digest = parts.digest;
  }

  /** Whoever is on the machine itself may as fast as they can. */
  async mayOpen(clientAddress: string): Promise<boolean> {
    if (isLoopbackAddress(clientAddress)) return true;
    return (await this.#limiter.take(this.#digest(`address ${clientAddress}`), OPENINGS_PER_ADDRESS)).admitted;
  }

  /** At the end of an event after which the process may be stopped: nothing of the limits is half done then. */
  settled(): Promise<void> {
    return this.#limiter.settled();
  }

  /** At the end of a process that is told of it. */
  close(): Promise<void> {
    return this.#limiter.close();
  }
}
