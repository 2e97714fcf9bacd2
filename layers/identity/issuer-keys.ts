import type { JSONWebKeySet } from "jose";
import * as z from "zod";
import type { Clock } from "../core/ports/clock.ts";
import { type FetchJson, IssuerUnreachable } from "./fetch-json.ts";
import { KEYS_FETCH_INTERVAL_MS, KEYS_FRESH_MS, KEYS_STALE_MS_MAX } from "./limits.ts";

const metadataSchema = () => z.object({ issuer: z.string(), jwks_uri: z.url() });
const keysSchema = () => z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

interface Fetched {
  readonly keys: JSONWebKeySet;
  readonly atEpochMs: number;
}

/** The public keys of one issuer, fetched when they are first needed and seldom after that. */
export class IssuerKeys {
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #fetchJson: FetchJson;
  #fetched: Fetched | undefined;
  #fetching: Promise<Fetched> | undefined;
  #triedAtEpochMs = Number.NEGATIVE_INFINITY;

  constructor(issuer: string, deps: { readonly clock: Clock; readonly fetchJson: FetchJson }) {
    this.#issuer = issuer;
    this.#clock = deps.clock;
    this.#fetchJson = deps.fetchJson;
  }

  /** @throws {IssuerUnreachable} when they are not known, or were learned too long ago. */
  async current(): Promise<JSONWebKeySet> {
    const fetched = this.#fetched;
    if (fetched === undefined) return (await this.#fetch()).keys;
    const ageMs = this.#clock.nowMs() - fetched.atEpochMs;
    if (ageMs > KEYS_STALE_MS_MAX) return (await this.#fetch()).keys;
    if (ageMs > KEYS_FRESH_MS && this.#mayTry()) this.#fetch().catch(() => {});
    return fetched.keys;
  }

  /** For a token that names a key which is not among {@link current}; undefined when it is too soon to ask again. */
  async newer(): Promise<JSONWebKeySet | undefined> {
    if (this.#fetching === undefined && !this.#mayTry()) return undefined;
    return (await this.#fetch()).keys;
  }

  #mayTry(): boolean {
    return this.#clock.nowMs() - this.#triedAtEpochMs >= KEYS_FETCH_INTERVAL_MS;
  }

  #fetch(): Promise<Fetched> {
    if (this.#fetching === undefined && !this.#mayTry()) {
      return Promise.reject(new IssuerUnreachable(this.#issuer, "it did not answer a moment ago"));
    }
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<Fetched> {
    this.#triedAtEpochMs = this.#clock.nowMs();
    try {
      const { jwks_uri } = await this.#metadata();
      const { keys } = keysSchema().parse(await this.#fetchJson(jwks_uri));
      this.#fetched = { keys: { keys }, atEpochMs: this.#clock.nowMs() };
      return this.#fetched;
    } catch (cause) {
      if (cause instanceof IssuerUnreachable) throw cause;
      throw new IssuerUnreachable(this.#issuer, "its keys can't be read", { cause });
    }
  }

  /** OpenID Connect Discovery 1.0, section 4; else RFC 8414, section 3.1, which puts the path last. */
  async #metadata(): Promise<z.infer<ReturnType<typeof metadataSchema>>> {
    const { origin, pathname } = new URL(this.#issuer);
    const path = pathname.replace(/\/$/, "");
    const openId = `${origin}${path}/.well-known/openid-configuration`;
    const oauth = `${origin}/.well-known/oauth-authorization-server${path}`;
    const raw = await this.#fetchJson(openId).catch(() => this.#fetchJson(oauth));
    const metadata = metadataSchema().parse(raw);
    if (metadata.issuer === this.#issuer) return metadata;
    throw new IssuerUnreachable(this.#issuer, `it calls itself ${metadata.issuer}`);
  }
}
