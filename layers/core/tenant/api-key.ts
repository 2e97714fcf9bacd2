import { Fields } from "../fields.ts";
import type { Item } from "../ports/table.ts";
import { apiKeyKey } from "../store/keys.ts";
import { TENANT_ROLES, type TenantRole } from "./role.ts";
import { SCOPES, type Scope } from "./scope.ts";
import { parseTenantId, type TenantId } from "./tenant-id.ts";

/** What is stored of a key: never the key itself. */
export interface ApiKey {
  readonly tenantId: TenantId;
  /** 16 hexadecimal digits. */
  readonly keyId: string;
  readonly name: string;
  readonly role: TenantRole;
  readonly scopes: readonly Scope[];
  readonly hash: string;
  readonly createdAtEpochMs: number;
  readonly createdBy: string;
  /** From then on it opens nothing. Left out, it holds until it is revoked. */
  readonly expiresAtEpochMs?: number | undefined;
  /** The key that was made in its place. */
  readonly replacedBy?: string | undefined;
  /** To the hour. */
  readonly lastUsedAtEpochMs?: number | undefined;
}

/** @throws {ApiKeyCorrupt} for an item that is no key: it was written by something else. */
export function readApiKey(tenantId: TenantId, item: Item): ApiKey {
  const fields = new Fields(item);
  const key = {
    tenantId,
    keyId: fields.text("keyId"),
    name: fields.text("name"),
    role: fields.oneOf("role", TENANT_ROLES),
    scopes: fields.list("scopes", (scopes, place) => scopes.oneOf(place, SCOPES)),
    hash: fields.text("hash"),
    createdAtEpochMs: fields.count("createdAtEpochMs"),
    createdBy: fields.text("createdBy"),
    ...(fields.has("expiresAtEpochMs") && { expiresAtEpochMs: fields.count("expiresAtEpochMs") }),
    ...(fields.has("replacedBy") && { replacedBy: fields.text("replacedBy") }),
    ...(fields.has("lastUsedAtEpochMs") && { lastUsedAtEpochMs: fields.count("lastUsedAtEpochMs") }),
  };
  if (fields.wrong.length > 0) throw new ApiKeyCorrupt(tenantId, { cause: fields.wrong });
  return key;
}

/** What lies under an API key's key is none. */
export class ApiKeyCorrupt extends Error {
  readonly code = "api_key_corrupt";
  constructor(tenantId: TenantId, options: { cause: unknown }) {
    super(`the record of an API key of ${tenantId} can't be read`, options);
    this.name = "ApiKeyCorrupt";
  }
}

export function apiKeyItem({ tenantId, ...key }: ApiKey): Item {
  const present = Object.entries(key).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), ...apiKeyKey(tenantId, key.keyId) };
}

/** What a caller sends: who it says it is, and the secret that shows it. */
export interface ApiKeyText {
  readonly tenantId: TenantId;
  readonly keyId: string;
  readonly secret: string;
}

/** `sk_<tenant>_<id>_<secret>`: no part but the last has an underscore. 256 bits are 43 characters of base64url. */
const API_KEY_PATTERN = /^sk_([a-z0-9-]{1,63})_([0-9a-f]{16})_([\w-]{43})$/;

export function parseApiKeyText(text: string): ApiKeyText | undefined {
  const [, tenant, keyId = "", secret = ""] = API_KEY_PATTERN.exec(text) ?? [];
  const tenantId = parseTenantId(tenant);
  return tenantId.ok ? { tenantId: tenantId.value, keyId, secret } : undefined;
}

/** What may be shown of a key to tell it from others. */
export const apiKeyPrefix = ({ tenantId, keyId }: Pick<ApiKeyText, "tenantId" | "keyId">): string =>
  `sk_${tenantId}_${keyId}`;
