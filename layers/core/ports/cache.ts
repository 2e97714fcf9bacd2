/**
 * A faster copy of what is stored elsewhere. It may forget anything at any time and is never wrong for longer than the
 * time given with a value. It never throws: a cache that can't be reached has forgotten.
 */
export interface Cache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
}
