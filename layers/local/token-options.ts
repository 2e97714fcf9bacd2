import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ok, type Result, refused } from "../core/result.ts";
import { isRole, ROLES, type Role } from "../core/tenant/role.ts";
import { isScope, SCOPES, type Scope } from "../core/tenant/scope.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "../core/tenant/tenant-id.ts";
import { DATA_DIR_USUAL } from "./places.ts";

export const TOKEN_HELP = `Prints a token for a cell's data folder, also while the cell runs.

  npm run -s token -- [options]

  --tenant ID      whose token; fleet for one who operates the fleet    (local)
  --role NAME      ${ROLES.join(", ")}        (owner)
  --subject NAME   who its holder is                                    (the role)
  --scope NAME     what it may be used for; may be repeated             (everything)
  --minutes N      how long it holds, at most a year                    (60)
  --data DIR       folder that holds all state of the cell              (.skein)
  --help           print this and end

Scopes: ${SCOPES.join(", ")}.
`;

export interface TokenCommand {
  readonly dataDir: string;
  readonly tenantId: TenantId;
  readonly role: Role;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly lifetimeSeconds: number;
}

export type TokenOptionsProblem = { readonly reason: "option_wrong"; readonly messages: readonly string[] };

const MINUTES_MAX = 366 * 24 * 60;
const SUBJECT_PATTERN = /^[\w.@+-]{1,200}$/;

const OPTIONS = {
  tenant: { type: "string", default: "local" },
  role: { type: "string" },
  subject: { type: "string" },
  scope: { type: "string", multiple: true },
  minutes: { type: "string", default: "60" },
  data: { type: "string", default: DATA_DIR_USUAL },
  help: { type: "boolean", default: false },
} as const;

/** `help` when that was asked for; else the token to make, or everything that is wrong with it at once. */
export function readTokenOptions(
  args: readonly string[],
  workingDir: string,
): Result<TokenCommand | "help", TokenOptionsProblem> {
  const messages: string[] = [];
  const given = parsed(args, messages);
  if (given === undefined) return refused({ reason: "option_wrong", messages });
  if (given.help) return ok("help");
  const tenantId = parseTenantId(given.tenant);
  if (!tenantId.ok) messages.push(`--tenant ${given.tenant} is no tenant's id`);
  const isFleet = tenantId.ok && tenantId.value === FLEET_TENANT;
  const role = given.role ?? (isFleet ? "operator" : "owner");
  if (!isRole(role)) messages.push(`--role ${role} is unknown; it is one of ${ROLES.join(", ")}`);
  if (tenantId.ok && isRole(role) && isFleet !== (role === "operator")) {
    messages.push(`--role operator goes with --tenant fleet, and no other role does`);
  }
  const subject = given.subject ?? role;
  if (!SUBJECT_PATTERN.test(subject)) messages.push(`--subject takes letters, digits and . @ + - _, at most 200`);
  const scopes = given.scope ?? SCOPES;
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) messages.push(`--scope ${unknown} is unknown; it is one of ${SCOPES.join(", ")}`);
  const minutes = /^\d{1,6}$/.test(given.minutes) ? Number(given.minutes) : 0;
  if (minutes < 1 || minutes > MINUTES_MAX) messages.push(`--minutes takes a whole number from 1 to ${MINUTES_MAX}`);
  if (messages.length > 0 || !tenantId.ok || !isRole(role)) return refused({ reason: "option_wrong", messages });
  return ok({
    dataDir: resolve(workingDir, given.data),
    tenantId: tenantId.value,
    role,
    subject,
    scopes: scopes.filter(isScope),
    lifetimeSeconds: minutes * 60,
  });
}

function parsed(args: readonly string[], messages: string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: false, options: OPTIONS }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    messages.push(error.message);
    return undefined;
  }
}
