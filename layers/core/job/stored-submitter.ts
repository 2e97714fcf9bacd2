import * as z from "zod";
import type { Json } from "../ports/table.ts";
import type { Principal } from "../tenant/principal.ts";
import { ROLES } from "../tenant/role.ts";
import { SCOPES } from "../tenant/scope.ts";

/** In whose name a job or a schedule stands, as its item holds it: the tenant is in the item's key. */
export function storedSubmitter({ subject, role, scopes, credential }: Principal): Json {
  return { subject, role, scopes, credential };
}

export function submitterSchema() {
  return z.object({
    subject: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)),
    credential: z.enum(["token", "api-key", "machine"]),
  });
}
