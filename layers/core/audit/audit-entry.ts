import type { Action } from "../tenant/action.ts";
import type { Principal } from "../tenant/principal.ts";
import type { Role } from "../tenant/role.ts";
import { FLEET_TENANT, type TenantId } from "../tenant/tenant-id.ts";

/** Who did it, and from where: what an audit entry knows of a call. */
export interface Actor {
  /** The tenant that the actor belongs to, which need not be the one that the entry is of. */
  readonly tenantId: TenantId;
  /** The subject of the token, or the id of the key. */
  readonly subject: string;
  readonly role: Role;
  readonly credential: Principal["credential"];
  /** As the door saw it; empty for what no call asked for. */
  readonly remoteAddress: string;
  /** Empty for what no call asked for. */
  readonly requestId: string;
}

export function actorOf(
  { tenantId, subject, role, credential }: Principal,
  { remoteAddress, requestId }: { readonly remoteAddress: string; readonly requestId: string },
): Actor {
  return { tenantId, subject, role, credential, remoteAddress, requestId };
}

/** The fleet itself, for what it does without being asked: the first tenant, and erasing what is over. */
export const FLEET_ACTOR: Actor = {
  tenantId: FLEET_TENANT,
  subject: "fleet",
  role: "operator",
  credential: "machine",
  remoteAddress: "",
  requestId: "",
};

/** What is done to projects and to what they are made of. The right to it is that of calling tools, `mcp.call`. */
export type ProjectAction =
  | "project.register"
  | "project.change"
  | "project.remove"
  | "project.start"
  | "project.stop"
  | "project.restart"
  | "workspace.offer"
  | "workspace.accept"
  | "workspace.remove";

/**
 * What is done: what a right allows, what a member does who is not let in yet, what a member allows a program, and what
 * the fleet does by itself.
 */
export type AuditAction = Action | ProjectAction | "tenant.join" | "program.allow" | "fleet.tenant.erase";

/** What it is done to. */
export interface AuditTarget {
  readonly kind:
    | "tenant"
    | "member"
    | "api-key"
    | "program"
    | "user-session"
    | "mcp"
    | "job"
    | "job-schedule"
    | "project"
    | "channel"
    | "question";
  /** Empty where there is but one, or none was named. */
  readonly id: string;
}

/** All that an entry can say of what changed. What is not here can't be written, so no secret can. */
export interface AuditedFields {
  readonly name?: string;
  readonly status?: string;
  readonly plan?: string;
  readonly toolkits?: "all" | readonly string[];
  readonly regions?: "all" | readonly string[];
  readonly role?: string;
  readonly scopes?: readonly string[];
  /** By name: limits of a tenant, the length of an archive, or how many records of each kind were erased. */
  readonly amounts?: Readonly<Record<string, number>>;
  /** Of what a program is given, the names alone: their values may be secrets. */
  readonly environmentNames?: readonly string[];
  /** Of an archive that was sent. */
  readonly sha256?: string;
  readonly suspendReason?: string;
  readonly expiresAtEpochMs?: number;
  readonly eraseAfterEpochMs?: number;
  readonly overlapSeconds?: number;
  readonly deletedBy?: string;
  readonly deletedAtEpochMs?: number;
  /** The end of the audit log that was erased with its tenant. */
  readonly auditHead?: string;
}

export interface AuditedChange {
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** The fields that the change touches, as they were and as they will be. */
  readonly before?: AuditedFields;
  readonly after?: AuditedFields;
}

/**
 * A change is written down twice: `begun` before it is made, and then how it ended. `denied` is a right that was refused,
 * so often as `count` says.
 */
export type AuditPhase = "begun" | "done" | "refused" | "failed" | "denied";

export interface AuditBody extends AuditedChange {
  readonly phase: AuditPhase;
  /** The same in both entries of a change. */
  readonly changeId: string;
  /** Why it was refused, or the code of the fault. */
  readonly reason?: string;
  /** Of `denied`: how many refusals this entry stands for, 1 or more. */
  readonly count?: number;
}
