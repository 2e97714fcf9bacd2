import type { Clock } from "../core/ports/clock.ts";
import { StoreFault } from "../core/ports/store-fault.ts";
import type { CachesClient } from "./client.ts";

export interface DescribedCache {
  readonly client: CachesClient;
  readonly name: string;
  readonly clock: Clock;
}

/** The service answers such questions slowly and a few times a second for a whole account. */
const STATUS_AGE_MAX_MS = 60_000;

/**
 * Whether the service calls the cache available, as of a minute ago at most.
 *
 * @throws {StoreFault} from the function returned, when the service does not answer.
 */
export function cacheAvailable({ client: lazy, name, clock }: DescribedCache): () => Promise<boolean> {
  let known: { readonly available: boolean; readonly askedAtMs: number } | undefined;
  return async () => {
    const nowMs = clock.nowMs();
    if (known !== undefined && nowMs - known.askedAtMs <= STATUS_AGE_MAX_MS) return known.available;
    try {
      const { client, sdk } = await lazy.open();
      const answer = await client.send(new sdk.DescribeServerlessCachesCommand({ ServerlessCacheName: name }));
      const available = answer.ServerlessCaches?.[0]?.Status === "available";
      known = { available, askedAtMs: nowMs };
      return available;
    } catch (cause) {
      throw new StoreFault("cache", "describe", { cause });
    }
  };
}
