import * as z from "zod";
import type { Item } from "../../core/ports/table.ts";
import { ROLES } from "../../core/tenant/role.ts";
import { SCOPES } from "../../core/tenant/scope.ts";

const StoredGrant = z.object({
  /** Of the client's id, which is long. */
  clientDigest: z.string(),
  subject: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.enum(SCOPES)).readonly(),
  resources: z.array(z.string()).readonly(),
  redirectUri: z.string(),
  codeChallenge: z.string(),
  /** Whether the client wants refresh tokens. */
  refreshes: z.boolean(),
  /** 0 while its code was not exchanged; then that of the refresh token that is to be used next. */
  generation: z.number(),
  generatedAtEpochSeconds: z.number(),
  endsAtEpochSeconds: z.number(),
});

/** What is stored of what a person has allowed a client: neither the code nor a token. */
export type StoredGrant = z.infer<typeof StoredGrant>;

/** @throws {ZodError} for an item that is no grant: it was written by something else. */
export function readStoredGrant(item: Item): StoredGrant {
  return StoredGrant.parse(item);
}
