import * as z from "zod";
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

const StoredApiKey = z.object({
  keyId: z.string(),
  name: z.string(),
  role: z.enum(TENANT_ROLES),
  scopes: z.array(z.enum(SCOPES)).readonly(),
  hash: z.string(),
  createdAtEpochMs: z.number(),
  createdBy: z.string(),
  expiresAtEpochMs: z.number().optional(),
  replacedBy: z.string().optional(),
  lastUsedAtEpochMs: z.number().optional(),
});

/** @throws {ZodError} for an item that is no key: it was written by something else. */
export function readApiKey(tenantId: TenantId, item: Item): ApiKey {
  return { tenantId, ...StoredApiKey.parse(item) };
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
