import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { WorkspaceLook, Workspaces } from "../ports/workspace.ts";
import type { Quotas } from "../quota/quotas.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { DiscardedUpload } from "../workspace/discard-upload.ts";
import { projectOfPlace } from "../workspace/uploaded-name.ts";
import { type DetectedTech, detectTech, TELLING_FILES } from "./detected-tech.ts";
import { fitPort, type PortUnfit } from "./port-ranges.ts";
import type { Project } from "./project.ts";
import type { ProjectUnknown, RegisterProblem } from "./project-problem.ts";
import type { ProjectStore, ProjectTooLarge } from "./project-store.ts";
import { techOf } from "./tech.ts";

export interface ProjectsParts {
  readonly store: ProjectStore;
  readonly workspaces: Workspaces;
  readonly quotas: Quotas;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Removes the workspace of a project that is gone. @default - its sweeper does */
  readonly discardUpload?: (tenantId: TenantId, upload: DiscardedUpload) => Promise<void>;
}

export interface ProjectDraft {
  readonly workspace: string;
  readonly name: string;
  /** Where it is left out, what the files tell. */
  readonly stack?: readonly string[];
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly wantedPorts?: readonly number[];
}

/** What is left out stays. */
export interface ProjectChange {
  readonly name?: string;
  readonly command?: string;
  /** Replaces what was there. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly wantedPorts?: readonly number[];
}

export type Registered = Project & { readonly detected: DetectedTech };

/** A tenant's projects: which there are, what folder each has, and how it is started. */
export class Projects {
  readonly #parts: ProjectsParts;

  constructor(parts: ProjectsParts) {
    this.#parts = parts;
  }

  /** Of one folder there is one project, however the folder is written. */
  async register(
    tenantId: TenantId,
    draft: ProjectDraft,
    limits: TenantLimits,
  ): Promise<Result<Registered, RegisterProblem | PortUnfit>> {
    const unfit = firstUnfit(draft.wantedPorts ?? []);
    if (unfit !== undefined) return refused(unfit);
    return this.#make(tenantId, { projectId: this.#newId(), ...draft }, limits);
  }

  /** The project of this id; where there is none, one is made with an empty folder of its own. */
  async ensure(tenantId: TenantId, projectId: string, limits: TenantLimits): Promise<Result<Project, RegisterProblem>> {
    const known = await this.#parts.store.get(tenantId, projectId);
    if (known !== undefined) return ok(known);
    const workspace = await this.#parts.workspaces.makeFor(tenantId, projectId);
    const made = await this.#make(tenantId, { projectId, workspace, name: projectId }, limits);
    if (made.ok || made.problem.reason !== "workspace_taken" || made.problem.projectId !== projectId) return made;
    // Another start of it has just made it.
    const current = await this.#parts.store.get(tenantId, projectId);
    return current === undefined ? made : ok(current);
  }

  async change(
    tenantId: TenantId,
    projectId: string,
    { name, command, environment, wantedPorts }: ProjectChange,
  ): Promise<Result<Project, ProjectUnknown | PortUnfit | ProjectTooLarge>> {
    const unfit = firstUnfit(wantedPorts ?? []);
    if (unfit !== undefined) return refused(unfit);
    const changedAtEpochMs = this.#parts.clock.nowMs();
    const changed = await this.#parts.store.update(tenantId, projectId, (project) => ({
      ...project,
      changedAtEpochMs,
      ...(name !== undefined && { name }),
      ...(command !== undefined && { start: { command, from: "given" } }),
      ...(environment !== undefined && { environment }),
      ...(wantedPorts !== undefined && { wantedPorts }),
    }));
    if (changed.ok) return changed;
    return refused(changed.problem.reason === "unchanged" ? { reason: "project_unknown", projectId } : changed.problem);
  }

  /** Forgets a project that does not run. Its folder stays as it is, unless it was uploaded. */
  async remove(project: Project): Promise<boolean> {
    const { tenantId, projectId, placeDigest, upload } = project;
    const { quotas, store, discardUpload } = this.#parts;
    const place = await quotas.placeNow(tenantId, "projects");
    if (!(await store.delete(project))) return false;
    await quotas.giveBack(tenantId, "projects", place);
    await store.releaseFolder(tenantId, { placeDigest, projectId });
    if (upload !== undefined) await discardUpload?.(tenantId, { projectId, ...upload });
    return true;
  }

  /** A place of the quota, the folder, and then the record: what a crash leaves of it is given back by others. */
  async #make(
    tenantId: TenantId,
    draft: ProjectDraft & { readonly projectId: string },
    limits: TenantLimits,
  ): Promise<Result<Registered, RegisterProblem>> {
    const { workspaces, quotas, store, digest } = this.#parts;
    const look = await workspaces.look(tenantId, draft.workspace, TELLING_FILES);
    if (!look.ok) return look;
    const uploadedFor = projectOfPlace(look.value.place);
    if (uploadedFor !== undefined) return refused({ reason: "workspace_taken", projectId: uploadedFor });
    const place = await quotas.take(tenantId, { quota: "projects", limit: limits.projects });
    if (!place.ok) return place;
    const placeDigest = digest(look.value.place);
    const holder = await store.claimFolder(tenantId, { placeDigest, projectId: draft.projectId });
    const { project, detected } = this.#drafted(tenantId, { ...draft, placeDigest }, look.value);
    const made =
      holder === draft.projectId
        ? await store.put(project)
        : refused({ reason: "write_lost", current: undefined } as const);
    if (made.ok) return ok({ ...made.value, detected });
    await quotas.giveBack(tenantId, "projects", place.value);
    return refused(
      made.problem.reason === "write_lost" ? { reason: "workspace_taken", projectId: holder } : made.problem,
    );
  }

  #drafted(
    tenantId: TenantId,
    draft: ProjectDraft & { readonly projectId: string; readonly placeDigest: string },
    look: WorkspaceLook,
  ): { readonly project: Project; readonly detected: DetectedTech } {
    const { projectId, placeDigest, name, workspace, command, environment = {}, wantedPorts = [] } = draft;
    const detected = detectTech(look);
    const isStackGiven = draft.stack !== undefined && draft.stack.length > 0;
    const stack = isStackGiven ? draft.stack : detected.stack;
    const tech = techOf(stack) ?? detected.tech;
    const start = command === undefined ? detected.start : { command, from: "given" };
    const nowEpochMs = this.#parts.clock.nowMs();
    const project: Project = {
      ...{ tenantId, projectId, name, workspace, placeDigest, stack, environment, wantedPorts },
      ...(isStackGiven && { isStackGiven }),
      ...(tech !== undefined && { tech }),
      ...(start !== undefined && { start }),
      registeredAtEpochMs: nowEpochMs,
      changedAtEpochMs: nowEpochMs,
      revision: 1,
      term: 0,
    };
    return { project, detected };
  }

  /** As the MCP Debug Host writes them: the time and some letters, both in base 36. */
  #newId(): string {
    const { clock, chance } = this.#parts;
    const chosen = Number.parseInt(chance.uuid().slice(0, 8), 16) % ID_LETTERS_COUNT;
    return `proj_${clock.nowMs().toString(36)}${chosen.toString(36).padStart(ID_LETTERS, "0")}`;
  }
}

const ID_LETTERS = 5;
const ID_LETTERS_COUNT = 36 ** ID_LETTERS;

function firstUnfit(ports: readonly number[]): PortUnfit | undefined {
  for (const port of ports) {
    const fit = fitPort(port, undefined);
    if (!fit.ok) return fit.problem;
  }
  return undefined;
}
