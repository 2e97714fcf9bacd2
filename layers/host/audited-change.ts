import { type AuditedFields, actorOf, type ProjectAction } from "../core/audit/audit-entry.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import type { ProjectStore } from "../core/project/project-store.ts";
import { type Result, refused } from "../core/result.ts";
import type { Principal } from "../core/tenant/principal.ts";
import { type HostFailure, runFailure } from "./host-failure.ts";

/** Who changes something. */
export interface HostCaller {
  readonly principal: Principal;
  /** How the call came; left out for one of MCP, where a tool does not know it. */
  readonly door?: { readonly remoteAddress: string; readonly requestId: string };
}

/** What is written down of a change to a project. */
export interface ProjectDeed extends Partial<Readonly<Record<"before" | "after", AuditedFields>>> {
  readonly action: ProjectAction;
  /** Empty for one that gets its id by this. */
  readonly projectId: string;
}

interface Failure {
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const NO_DOOR = { remoteAddress: "", requestId: "" };

/**
 * Makes a change to a project, between the two entries about it in its tenant's audit log.
 *
 * @throws what {@link AuditLog.change} throws where the first can't be written: then nothing was changed.
 */
export async function auditedChange<T, F extends Failure>(
  { audit }: { readonly audit: Pick<AuditLog, "change"> },
  { principal, door = NO_DOOR }: HostCaller,
  { deed, change }: { readonly deed: ProjectDeed; readonly change: () => Promise<Result<T, F>> },
): Promise<Result<T, F>> {
  const { action, projectId: id, ...fields } = deed;
  const written = { actor: actorOf(principal, door), action, target: { kind: "project", id }, ...fields } as const;
  const done = await audit.change(principal.tenantId, written, async () => {
    const answer = await change();
    return answer.ok ? answer : refused({ reason: reasonOf(answer.problem), failure: answer.problem });
  });
  return done.ok ? done : refused(done.problem.failure);
}

/** The same, of a project that is there. Of one that is not, nothing is written down. */
export async function auditedChangeOfKnown<T, F extends Failure>(
  parts: { readonly audit: Pick<AuditLog, "change">; readonly store: Pick<ProjectStore, "get"> },
  caller: HostCaller,
  asked: { readonly deed: ProjectDeed; readonly change: () => Promise<Result<T, F>> },
): Promise<Result<T, F | HostFailure>> {
  const { projectId } = asked.deed;
  const project = await parts.store.get(caller.principal.tenantId, projectId);
  if (project === undefined) return refused(runFailure({ reason: "project_unknown", projectId }));
  return auditedChange(parts, caller, asked);
}

function reasonOf({ code, details }: Failure): string {
  return typeof details?.reason === "string" ? details.reason : code;
}
