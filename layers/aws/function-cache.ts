import type { Cache } from "../core/ports/cache.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Credentials } from "./signature.ts";
import { valkeyCache } from "./valkey-cache.ts";
import { iamCacheUser } from "./valkey-user.ts";

/** As a function is told of its region's cache. */
export interface CacheSettings {
  /** `host:port`, or `none`. */
  readonly CACHE_ENDPOINT: string;
  readonly CACHE_NAME: string;
  readonly CACHE_USER: string;
}

export interface FunctionRole {
  readonly region: string;
  readonly credentials: Credentials;
}

/** The cache that all functions of the region share, entered by the function's role; undefined where none is planned. */
export function functionCache(settings: CacheSettings, role: FunctionRole, clock: Clock): Cache | undefined {
  const { CACHE_ENDPOINT: endpoint, CACHE_NAME: cacheName, CACHE_USER: userName } = settings;
  if (endpoint === "none") return undefined;
  const portStart = endpoint.lastIndexOf(":");
  const server = {
    host: endpoint.slice(0, portStart),
    port: Number(endpoint.slice(portStart + 1)),
    signIn: iamCacheUser({ credentials: role.credentials, region: role.region, cacheName, userName, clock }),
  };
  return valkeyCache({ server, clock });
}
