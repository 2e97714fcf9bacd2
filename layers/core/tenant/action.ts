import { ok, type Result, refused } from "../result.ts";
import type { Principal } from "./principal.ts";
import type { Role } from "./role.ts";
import type { Scope } from "./scope.ts";

interface Right {
  readonly roles: readonly Role[];
  readonly scope: Scope;
}

const OWNERS = ["owner"] as const;
const ADMINS = ["owner", "admin"] as const;
const DEVELOPERS = ["owner", "admin", "developer"] as const;
const MEMBERS = ["owner", "admin", "developer", "viewer"] as const;
const OPERATORS = ["operator"] as const;

/** Everything that can be done and who may do it: what is not here, nobody may. Printed into `docs/tenants.md`. */
export const ACTIONS = {
  /** Connect, list, read resources and prompts, and call tools that only read. */
  "mcp.read": { roles: MEMBERS, scope: "mcp:read" },
  /** Call any tool. */
  "mcp.call": { roles: DEVELOPERS, scope: "mcp:call" },
  "user-session.read": { roles: MEMBERS, scope: "sessions:read" },
  "user-session.write": { roles: DEVELOPERS, scope: "sessions:write" },
  /** See jobs, their results among them, whoever of the tenant submitted them. */
  "job.read": { roles: MEMBERS, scope: "jobs:read" },
  /** Beside the right to what the job does. */
  "job.submit": { roles: DEVELOPERS, scope: "jobs:write" },
  "job.cancel": { roles: DEVELOPERS, scope: "jobs:write" },
  "job.redrive": { roles: DEVELOPERS, scope: "jobs:write" },
  "job-schedule.read": { roles: MEMBERS, scope: "jobs:read" },
  "job-schedule.change": { roles: DEVELOPERS, scope: "jobs:write" },
  /** Connect, read the channels that one hears, see who is there, and say how far one has read. */
  "message.read": { roles: MEMBERS, scope: "people:read" },
  "message.publish": { roles: DEVELOPERS, scope: "people:write" },
  /** How long the messages of a channel are kept, and that it is removed. */
  "channel.change": { roles: ADMINS, scope: "people:write" },
  /** Ask people, and edit or withdraw what one has asked. */
  "question.ask": { roles: DEVELOPERS, scope: "people:write" },
  /** See and answer what one is asked. */
  "question.answer": { roles: MEMBERS, scope: "people:write" },
  "tenant.read": { roles: [...MEMBERS, ...OPERATORS], scope: "tenant:read" },
  /** Its name, residency and toolkits. */
  "tenant.change": { roles: ADMINS, scope: "tenant:admin" },
  /** Its plan: what it will pay. */
  "tenant.subscribe": { roles: OWNERS, scope: "tenant:admin" },
  "tenant.close": { roles: OWNERS, scope: "tenant:admin" },
  "member.read": { roles: MEMBERS, scope: "tenant:read" },
  "member.change": { roles: ADMINS, scope: "tenant:admin" },
  "api-key.read": { roles: MEMBERS, scope: "tenant:read" },
  /** Of a role no higher than one's own. */
  "api-key.change": { roles: ADMINS, scope: "tenant:admin" },
  "quota.read": { roles: [...MEMBERS, ...OPERATORS], scope: "tenant:read" },
  "usage.read": { roles: [...MEMBERS, ...OPERATORS], scope: "tenant:read" },
  "invoice.read": { roles: [...ADMINS, ...OPERATORS], scope: "tenant:read" },
  "audit.read": { roles: [...ADMINS, ...OPERATORS], scope: "tenant:admin" },
  "fleet.tenant.create": { roles: OPERATORS, scope: "fleet:admin" },
  "fleet.tenant.list": { roles: OPERATORS, scope: "fleet:admin" },
  "fleet.tenant.suspend": { roles: OPERATORS, scope: "fleet:admin" },
  "fleet.tenant.resume": { roles: OPERATORS, scope: "fleet:admin" },
  "fleet.tenant.delete": { roles: OPERATORS, scope: "fleet:admin" },
  /** Limits other than the plan's. */
  "fleet.tenant.limit": { roles: OPERATORS, scope: "fleet:admin" },
  /** What all tenants together do, in numbers. */
  "fleet.metrics.read": { roles: OPERATORS, scope: "fleet:admin" },
} as const satisfies Readonly<Record<string, Right>>;

export type Action = keyof typeof ACTIONS;

export type ActionForbidden =
  | { readonly reason: "role_forbidden"; readonly action: Action; readonly roles: readonly Role[] }
  | { readonly reason: "scope_missing"; readonly action: Action; readonly scope: Scope };

/** Whether a principal may do something to what is its own; whose it is, the caller checks. */
export function mayAct({ role, scopes }: Principal, action: Action): Result<undefined, ActionForbidden> {
  const right: Right = ACTIONS[action];
  if (!right.roles.includes(role)) return refused({ reason: "role_forbidden", action, roles: right.roles });
  if (!scopes.includes(right.scope)) return refused({ reason: "scope_missing", action, scope: right.scope });
  return ok();
}
