import type { Clock } from "../ports/clock.ts";
import type { Runner, RunRef, RunStatus } from "../ports/runner.ts";
import type { Quotas } from "../quota/quotas.ts";
import { unreachable } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { PortBook } from "./port-book.ts";
import { type EndedRun, type OpenRun, openRun, type Project, withoutRun } from "./project.ts";
import type { ProjectStore } from "./project-store.ts";
import { orderOf } from "./run-draft.ts";
import { endedAs, findingOf } from "./run-state.ts";

export interface RunWriterParts {
  readonly store: ProjectStore;
  readonly openRuns: OpenRuns;
  readonly ports: PortBook;
  readonly quotas: Quotas;
  readonly runner: Runner;
  readonly clock: Clock;
}

/**
 * Brings what is written down of runs to what is true of them. Whoever looks at a project calls it, so whatever a process
 * left half done when it died, the next look makes whole.
 */
export class RunWriter {
  readonly #parts: RunWriterParts;

  constructor(parts: RunWriterParts) {
    this.#parts = parts;
  }

  /** The project as it stands now. A run that has ended gives back what it held. */
  async settle(project: Project): Promise<Project> {
    const run = openRun(project);
    if (run === undefined) return project;
    const [status] = await this.#parts.runner.look(project.tenantId, [refOf(run)]);
    return this.settleBy(project, status);
  }

  /** As {@link settle}, for who has asked the runner already. */
  async settleBy(project: Project, status: RunStatus | undefined): Promise<Project> {
    const run = openRun(project);
    if (run === undefined) return project;
    const finding = findingOf(run, status, this.#parts.clock.nowMs());
    switch (finding.find) {
      case "as_known":
        return project;
      case "changed":
        return this.#changed(project, finding.run);
      case "ended":
        return this.end(project, finding.run);
      case "unsent":
        return (await this.send(project, run)).project;
      case "overdue":
        await this.#parts.runner.stop(project.tenantId, refOf(run), { force: true });
        return project;
      default:
        return unreachable(finding);
    }
  }

  /**
   * Has the runner start a run that was written down, and writes down what came of it. To send it again is safe.
   *
   * @returns with `problem` where the runner refused it, and then the run has ended.
   */
  async send(project: Project, run: OpenRun) {
    const started = await this.#parts.runner.start(project.tenantId, orderOf(project, run));
    if (started.ok) return { project: await this.#started(project, run, started.value) };
    const end = {
      reason: "start_failed",
      detail: started.problem.reason,
      atEpochMs: this.#parts.clock.nowMs(),
    } as const;
    return { project: await this.end(project, endedAs(run, end)), problem: started.problem };
  }

  /**
   * Writes down that a run has ended. Whoever's write it is gives back what the run held: its places in the quotas, its
   * port, and last of all what it is found by.
   */
  async end(project: Project, ended: EndedRun): Promise<Project> {
    const { tenantId, projectId } = project;
    const { runId, taken, port } = ended;
    const written = await this.#parts.store.update(tenantId, projectId, (current) =>
      openRun(current)?.runId === runId ? { ...current, run: ended } : undefined,
    );
    if (!written.ok) return this.#unchanged(project, written.problem);
    await this.#parts.quotas.giveBackAll(tenantId, taken);
    await this.letGo(tenantId, { projectId, runId, ...(port !== undefined && { port }) });
    return written.value;
  }

  /** Frees a run's port, and forgets that the run may be open. */
  async letGo(
    tenantId: TenantId,
    run: { readonly projectId: string; readonly runId: string; readonly port?: number },
  ): Promise<void> {
    if (run.port !== undefined) await this.#parts.ports.giveBack(tenantId, run.port, run);
    await this.#parts.openRuns.remove(tenantId, run);
  }

  /**
   * What the runner says of a run that it has taken. Where the run was meant to end meanwhile, or the project is gone,
   * nobody but this sender knows that it was started after all.
   */
  async #started(project: Project, run: OpenRun, status: RunStatus): Promise<Project> {
    const { tenantId, projectId } = project;
    const placed: OpenRun = { ...run, place: status.place };
    const finding = findingOf(placed, status, this.#parts.clock.nowMs());
    if (finding.find === "ended") return this.end(project, finding.run);
    const known = await this.#changed(project, finding.find === "changed" ? finding.run : placed);
    const now = openRun(known);
    if (now?.runId === run.runId && now.state !== "stopping") return known;
    await this.#parts.runner.stop(tenantId, refOf(placed), { force: true });
    return (await this.#parts.store.get(tenantId, projectId)) ?? known;
  }

  async #changed(project: Project, run: OpenRun): Promise<Project> {
    const { tenantId, projectId } = project;
    const written = await this.#parts.store.update(tenantId, projectId, (current) => {
      const known = openRun(current);
      return known?.runId === run.runId && known.state === "starting" ? { ...current, run } : undefined;
    });
    return written.ok ? written.value : this.#unchanged(project, written.problem);
  }

  #unchanged(
    project: Project,
    problem:
      | { readonly reason: "unchanged"; readonly current: Project | undefined }
      | { readonly reason: "project_too_large" },
  ): Project {
    if (problem.reason === "project_too_large") throw new RunUnwritable(project.projectId);
    return problem.current ?? withoutRun(project);
  }
}

/** What is known of a run no longer fits its project's record. */
export class RunUnwritable extends Error {
  readonly code = "run_unwritable";
  constructor(projectId: string) {
    super(`the record of the project ${projectId} has no room for how its run stands`);
    this.name = "RunUnwritable";
  }
}

export function refOf({ runId, place }: Pick<OpenRun, "runId" | "place">): RunRef {
  return place === undefined ? { runId } : { runId, place };
}
