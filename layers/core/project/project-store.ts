import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Condition, Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { projectKey, projectWorkspaceKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { ENTRY_UNUSED_MS, PROJECTS_PAGE_ITEMS, PROJECTS_PAGES_MAX, WRITE_ATTEMPTS_MAX } from "./limits.ts";
import type { Project } from "./project.ts";
import { projectItem, readProject } from "./stored-project.ts";

/** Another writer came first; `current` is what it left. */
export type ProjectWriteLost = { readonly reason: "write_lost"; readonly current: Project | undefined };
export type ProjectTooLarge = {
  readonly reason: "project_too_large";
  readonly bytes: number;
  readonly bytesMax: number;
};

export interface FolderClaim {
  readonly placeDigest: string;
  readonly projectId: string;
}

/** More projects than can be read at a time: more than any tenant may have. */
export class ProjectsUncountable extends Error {
  readonly code = "projects_uncountable";
  constructor() {
    super(`a tenant's projects take more than ${PROJECTS_PAGES_MAX} pages`);
    this.name = "ProjectsUncountable";
  }
}

/** The records of projects, and which of a tenant's projects has which folder. */
export class ProjectStore {
  readonly #table: Table;
  readonly #chance: Chance;
  readonly #clock: Clock;

  constructor({ table, chance, clock }: { readonly table: Table; readonly chance: Chance; readonly clock: Clock }) {
    this.#table = table;
    this.#chance = chance;
    this.#clock = clock;
  }

  async get(tenantId: TenantId, projectId: string): Promise<Project | undefined> {
    const item = await this.#table.get(projectKey(tenantId, projectId));
    return item === undefined ? undefined : readProject(tenantId, item);
  }

  /** Writes over the revision that it was made from; one of revision 1 where there is none. */
  async put(project: Project): Promise<Result<Project, ProjectWriteLost | ProjectTooLarge>> {
    const { tenantId, revision } = project;
    const before: Condition =
      revision === 1 ? { if: "absent" } : { if: "equals", attribute: "revision", value: revision - 1 };
    const item = projectItem(project, this.#chance.uuid());
    const written = await this.#table.put(item, before);
    if (written.ok) return ok(project);
    if (written.problem.reason === "item_too_large") {
      return refused({ ...written.problem, reason: "project_too_large" });
    }
    const { current } = written.problem;
    // A write whose answer was lost is sent again by the store's client, and then meets itself.
    if (current?.writeId === item.writeId) return ok(project);
    return refused({
      reason: "write_lost",
      current: current === undefined ? undefined : readProject(tenantId, current),
    });
  }

  /** Changes a project to what `change` makes of it, of whatever others leave meanwhile; undefined where there is nothing to change. */
  async update(
    tenantId: TenantId,
    projectId: string,
    change: (current: Project) => Project | undefined,
  ): Promise<
    Result<Project, { readonly reason: "unchanged"; readonly current: Project | undefined } | ProjectTooLarge>
  > {
    let current = await this.get(tenantId, projectId);
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
      const next = current === undefined ? undefined : change(current);
      if (current === undefined || next === undefined) return refused({ reason: "unchanged", current });
      const written = await this.put({ ...next, revision: current.revision + 1 });
      if (written.ok) return written;
      if (written.problem.reason === "project_too_large") return refused(written.problem);
      current = written.problem.current;
    }
    throw new ProjectContended(projectId);
  }

  /** Whether it was this revision that was deleted now. */
  async delete({ tenantId, projectId, revision }: Project): Promise<boolean> {
    const isThat = { if: "equals", attribute: "revision", value: revision } as const;
    return (await this.#table.delete(projectKey(tenantId, projectId), isThat)).ok;
  }

  /**
   * All of a tenant's, in the order of their ids.
   *
   * @throws {ProjectsUncountable}
   */
  async list(tenantId: TenantId): Promise<readonly Project[]> {
    const projects: Project[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PROJECTS_PAGES_MAX; page++) {
      const range = { pk: recordPartition(tenantId, "PROJECT"), limit: PROJECTS_PAGE_ITEMS };
      const read = await this.#table.query(cursor === undefined ? range : { ...range, cursor });
      projects.push(...read.items.map((item) => readProject(tenantId, item)));
      if (read.cursor === undefined) return projects;
      cursor = read.cursor;
    }
    throw new ProjectsUncountable();
  }

  /**
   * Takes a folder for a project that is about to be made. A claim that no project came of is of a call that died, and
   * after a while anybody's to take over.
   *
   * @returns the project that has the folder: the given one where it is its own now.
   */
  async claimFolder(tenantId: TenantId, { placeDigest, projectId }: FolderClaim): Promise<string> {
    const claimedAtEpochMs = this.#clock.nowMs();
    const item = { ...projectWorkspaceKey(tenantId, placeDigest), projectId, claimedAtEpochMs };
    let condition: Condition = { if: "absent" };
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
      const taken = await this.#table.put(item, condition);
      if (taken.ok) return projectId;
      const current = taken.problem.reason === "condition_failed" ? taken.problem.current : undefined;
      const holder = current?.projectId;
      if (holder === projectId) return projectId;
      if (typeof holder === "string" && !(await this.#isUnused(tenantId, { holder, placeDigest, current })))
        return holder;
      condition =
        typeof holder === "string" ? { if: "equals", attribute: "projectId", value: holder } : { if: "absent" };
    }
    throw new ProjectContended(projectId);
  }

  async #isUnused(
    tenantId: TenantId,
    claim: { readonly holder: string; readonly placeDigest: string; readonly current: Item | undefined },
  ): Promise<boolean> {
    const claimedAtEpochMs = Number(claim.current?.claimedAtEpochMs ?? 0);
    const isFresh = this.#clock.nowMs() - claimedAtEpochMs < ENTRY_UNUSED_MS;
    return !isFresh && (await this.get(tenantId, claim.holder))?.placeDigest !== claim.placeDigest;
  }

  /** Lets go of a project's folder, where it still has it. */
  async releaseFolder(tenantId: TenantId, { placeDigest, projectId }: FolderClaim): Promise<void> {
    const isItsOwn = { if: "equals", attribute: "projectId", value: projectId } as const;
    await this.#table.delete(projectWorkspaceKey(tenantId, placeDigest), isItsOwn);
  }
}

/** So many wrote the same project at once that this writer never came first. Nothing was changed. */
export class ProjectContended extends Error {
  readonly code = "project_contended";
  constructor(projectId: string) {
    super(`the project ${projectId} was written by others ${WRITE_ATTEMPTS_MAX} times in a row`);
    this.name = "ProjectContended";
  }
}
