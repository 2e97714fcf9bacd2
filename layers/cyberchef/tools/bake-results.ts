import { createHash } from "node:crypto";
import type { Cache } from "../../core/ports/cache.ts";
import type { Chance } from "../../core/ports/chance.ts";
import { cacheKey } from "../../core/store/keys.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import {
  CACHE_GENERATION_TTL_MS,
  CACHED_BAKE_BYTES_MAX,
  CACHED_BAKE_TTL_MS,
  CACHED_BAKES_BYTES_MAX,
  CACHED_BAKES_MAX,
  METERED_TENANTS_MAX,
} from "./limits.ts";
import type { NamedStep } from "./operation-book.ts";
import { unrepeatableOperations } from "./unrepeatable-operations.ts";

export interface CachedBakes {
  readonly items: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

interface Kept {
  /** Bytes by key, the one kept longest first. */
  readonly bytesOf: Map<string, number>;
  bytes: number;
  hits: number;
  misses: number;
}

const GENERATION_BYTES = 12;

/**
 * Results of bakes, kept in a cache that processes may share.
 *
 * A key is made of everything that a result depends on: the whole input, all steps with their arguments, and the
 * version of the operations. It also holds the tenant's generation, a random word kept in the same cache: clearing
 * gives the tenant a new one, so that no process finds the old results again. A cache that forgets the word has
 * thereby cleared the results, which is safe.
 */
export class BakeResults {
  readonly #cache: Cache;
  readonly #chance: Chance;
  readonly #kept = new Map<TenantId, Kept>();

  constructor(deps: { readonly cache: Cache; readonly chance: Chance }) {
    this.#cache = deps.cache;
    this.#chance = deps.chance;
  }

  /**
   * Where the result of a bake is kept, or undefined when it may differ each time, or when the input holds half a
   * surrogate pair, which would read as any other half once hashed.
   *
   * @param version of the operations.
   */
  async keyOf(
    tenantId: TenantId,
    bake: { readonly input: string; readonly steps: readonly NamedStep[]; readonly version: string },
  ): Promise<string | undefined> {
    if (!bake.input.isWellFormed()) return undefined;
    if (bake.steps.some(({ step }) => unrepeatableOperations.has(step.operation))) return undefined;
    const steps = bake.steps.map(({ step, arranged }) => [step.operation, arranged]);
    const recipe = JSON.stringify([bake.version, steps]);
    // A JSON array tells its own end, so no other recipe and input run together to the same text.
    const digest = createHash("sha256").update(recipe).update(bake.input).digest("base64url");
    return cacheKey(tenantId, "BAKE", `${await this.#generation(tenantId)}#${digest}`);
  }

  async find(tenantId: TenantId, key: string): Promise<string | undefined> {
    const output = await this.#cache.get(key);
    const kept = this.#keptOf(tenantId);
    if (output === undefined) {
      kept.misses += 1;
      forget(kept, key);
    } else kept.hits += 1;
    return output;
  }

  /** Keeps a result that is not too large; where the tenant then has too many, the oldest go. */
  async keep(tenantId: TenantId, key: string, output: string): Promise<void> {
    const bytes = Buffer.byteLength(output);
    if (bytes > CACHED_BAKE_BYTES_MAX || !output.isWellFormed()) return;
    const kept = this.#keptOf(tenantId);
    forget(kept, key);
    kept.bytesOf.set(key, bytes);
    kept.bytes += bytes;
    await this.#cache.set(key, output, CACHED_BAKE_TTL_MS);
    for (const oldest of kept.bytesOf.keys()) {
      if (kept.bytesOf.size <= CACHED_BAKES_MAX && kept.bytes <= CACHED_BAKES_BYTES_MAX) return;
      forget(kept, oldest);
      await this.#cache.delete(oldest);
    }
  }

  /** What this process has kept for the tenant, as far as the cache has not forgotten it. */
  stats(tenantId: TenantId): CachedBakes {
    const { bytesOf, bytes, hits, misses } = this.#keptOf(tenantId);
    return { items: bytesOf.size, bytes, hits, misses };
  }

  /** The tenant's results are found no more, in any process that shares the cache. */
  async clear(tenantId: TenantId): Promise<void> {
    const { bytesOf } = this.#keptOf(tenantId);
    this.#kept.delete(tenantId);
    await this.#newGeneration(tenantId);
    await Promise.all([...bytesOf.keys()].map((key) => this.#cache.delete(key)));
  }

  async #generation(tenantId: TenantId): Promise<string> {
    return (await this.#cache.get(generationKey(tenantId))) ?? (await this.#newGeneration(tenantId));
  }

  /** Read again once written, so that callers who made one at the same time go on with the same. */
  async #newGeneration(tenantId: TenantId): Promise<string> {
    const generation = this.#chance.token(GENERATION_BYTES);
    await this.#cache.set(generationKey(tenantId), generation, CACHE_GENERATION_TTL_MS);
    return (await this.#cache.get(generationKey(tenantId))) ?? generation;
  }

  #keptOf(tenantId: TenantId): Kept {
    const kept = this.#kept.get(tenantId) ?? { bytesOf: new Map(), bytes: 0, hits: 0, misses: 0 };
    this.#kept.delete(tenantId);
    this.#kept.set(tenantId, kept);
    const [leastRecent] = this.#kept.keys();
    if (this.#kept.size > METERED_TENANTS_MAX && leastRecent !== undefined) this.#kept.delete(leastRecent);
    return kept;
  }
}

function forget(kept: Kept, key: string): void {
  kept.bytes -= kept.bytesOf.get(key) ?? 0;
  kept.bytesOf.delete(key);
}

const generationKey = (tenantId: TenantId): string => cacheKey(tenantId, "BAKE", "generation");
