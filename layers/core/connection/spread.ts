import type { ChannelId } from "../message/channel.ts";
import { CONNECTION_LIFE_MS_MAX, PEOPLE_PER_SHARD, SHARDS_MAX, SPREAD_IDLE_SHARE, SPREAD_SETTLE_MS } from "./limits.ts";

/**
 * Into how many parts a tenant's connections are divided: powers of two, so that a person's part under one number follows
 * from that under the next. A change is known everywhere before anybody places a connection by it, and the parts of before are
 * served for as long as a connection can live in them.
 */
export interface Spread {
  readonly shards: number;
  /** From when on connections are placed in so many. */
  readonly sinceEpochMs: number;
  /** In how many until then. */
  readonly before: number;
  /** As many may have connections until the moment after it. */
  readonly widest: number;
  readonly widestUntilEpochMs: number;
}

export const FIRST_SPREAD: Spread = { shards: 1, sinceEpochMs: 0, before: 1, widest: 1, widestUntilEpochMs: 0 };

/** Into how many parts a connection is placed that is opened now. */
export function placedShards({ shards, sinceEpochMs, before }: Spread, nowMs: number): number {
  return nowMs >= sinceEpochMs ? shards : before;
}

/** How many parts may have connections now. */
export function servedShards({ shards, before, widest, widestUntilEpochMs }: Spread, nowMs: number): number {
  return Math.max(shards, nowMs < widestUntilEpochMs ? Math.max(before, widest) : 0);
}

/** The part of somebody, by the digest of their subject. */
export function shardOf(subjectDigest: string, shards: number): number {
  return leadingBits(subjectDigest) % shards;
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** 18 bits: more than any number of parts needs. */
const LEADING_CHARACTERS = 3;

function leadingBits(digest: string): number {
  let bits = 0;
  for (const character of digest.slice(0, LEADING_CHARACTERS))
    bits = bits * 64 + Math.max(0, BASE64URL.indexOf(character));
  return bits;
}

const MEMBER = "member:";

/** The parts in which somebody may hear a channel; of a connection's own channel only its record tells. */
export function shardsHearing(channel: ChannelId, served: number): readonly number[] {
  if (!channel.startsWith(MEMBER)) return Array.from({ length: served }, (_, shard) => shard);
  const digest = channel.slice(MEMBER.length);
  const shards = new Set<number>();
  for (let parts = 1; parts <= served; parts *= 2) shards.add(shardOf(digest, parts));
  return [...shards];
}

/** Who was seen in each part, of those who were placed by the spread as it is: the others leave by themselves. */
export class Crowds {
  readonly #spread: number;
  readonly #people = new Map<number, Set<string>>();

  constructor(spread: number) {
    this.#spread = spread;
  }

  add(of: { readonly spread: number; readonly shard: number; readonly subjectDigest: string }): void {
    if (of.spread !== this.#spread) return;
    const people = this.#people.get(of.shard) ?? new Set();
    this.#people.set(of.shard, people.add(of.subjectDigest));
  }

  /** How many people the fullest part has. */
  get largest(): number {
    return Math.max(0, ...[...this.#people.values()].map(({ size }) => size));
  }
}

/** What is seen of the people of one part who were placed by the spread as it is. */
export function grownSpread(spread: Spread, peopleInShard: number, nowMs: number): Spread | undefined {
  if (nowMs < spread.sinceEpochMs || peopleInShard <= PEOPLE_PER_SHARD) return undefined;
  const shards = Math.min(SHARDS_MAX, Math.max(2 * spread.shards, shardsFor(peopleInShard * spread.shards)));
  return shards > spread.shards ? changedSpread(spread, shards, nowMs) : undefined;
}

/** Only once nobody is left in parts of an earlier time: so a peak is not held against a tenant for ever. */
export function shrunkSpread(spread: Spread, people: number, nowMs: number): Spread | undefined {
  if (nowMs < spread.sinceEpochMs || nowMs < spread.widestUntilEpochMs) return undefined;
  if (people > spread.shards * PEOPLE_PER_SHARD * SPREAD_IDLE_SHARE) return undefined;
  const shards = shardsFor(people / SPREAD_IDLE_SHARE / 2);
  return shards < spread.shards ? changedSpread(spread, shards, nowMs) : undefined;
}

function changedSpread(spread: Spread, shards: number, nowMs: number): Spread {
  const sinceEpochMs = nowMs + SPREAD_SETTLE_MS;
  return {
    shards,
    sinceEpochMs,
    before: spread.shards,
    widest: servedShards(spread, nowMs),
    widestUntilEpochMs: sinceEpochMs + CONNECTION_LIFE_MS_MAX + SPREAD_SETTLE_MS,
  };
}

/** The least power of two that has room. */
function shardsFor(people: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(people / PEOPLE_PER_SHARD)));
}
