import type { Chance } from "../ports/chance.ts";
import { LOOK_COUNT_MAX, type RunStatus } from "../ports/runner.ts";
import type { QuotaReached, TakenQuota } from "../quota/quotas.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { LOOK_PAUSE_MS, LOOK_PAUSE_MS_MAX, START_ATTEMPTS_MAX, START_SEEN_MS_MAX } from "./limits.ts";
import type { PortHolder, PortProblem } from "./port-book.ts";
import { type OpenRun, openRun, type Project, RUN_QUOTAS, type RunQuota, withoutRun } from "./project.ts";
import type { ProjectUnknown, RunOpen, RunProblem } from "./project-problem.ts";
import type { ProjectTooLarge } from "./project-store.ts";
import { draftRun, isAsAsked, quotasOf, type RunDraft, type StartAsked } from "./run-draft.ts";
import { RunWriter, type RunWriterParts, refOf } from "./run-writer.ts";

export interface ProjectRunsParts extends RunWriterParts {
  readonly chance: Chance;
}

/** How far a call may go. */
export interface RunCall {
  readonly limits: TenantLimits;
  readonly deadlineEpochMs: number;
  readonly signal?: AbortSignal;
}

/** A project that runs now. */
export interface Started {
  readonly project: Project;
  /** It went on already, as it was asked for. */
  readonly wasRunning: boolean;
}

export interface Stopped {
  readonly project: Project;
  /** Whether there was anything to stop. */
  readonly wasOpen: boolean;
}

/**
 * Starts and stops projects.
 *
 * The order of a start: places in the quotas, a port, an entry for who looks after runs, the run in the project's record
 * (a conditional write, so of two starts at once one comes through), and then the order to the runner. Whatever of it is
 * left when a process dies, the next look at the project or the sweeper goes on with or gives back. Counts of quotas the
 * reconciler repairs.
 *
 * Not promised: that what is started does what it should. That shows in its status and its log.
 */
export class ProjectRuns {
  readonly #parts: ProjectRunsParts;
  readonly #writer: RunWriter;

  constructor(parts: ProjectRunsParts) {
    this.#parts = parts;
    this.#writer = new RunWriter(parts);
  }

  /** As it stands now; undefined where there is none. */
  async look(tenantId: TenantId, projectId: string): Promise<Project | undefined> {
    const project = await this.#parts.store.get(tenantId, projectId);
    return project === undefined ? undefined : this.#writer.settle(project);
  }

  /** What the runner says of a project's run, ended or not, as far as it still knows it. */
  async runStatus({ tenantId, run }: Project): Promise<RunStatus | undefined> {
    return run === undefined ? undefined : (await this.#parts.runner.look(tenantId, [refOf(run)]))[0];
  }

  /** All of a tenant's, as they stand now. */
  async list(tenantId: TenantId): Promise<readonly Project[]> {
    const projects = await this.#parts.store.list(tenantId);
    const open = projects.flatMap((project) => openRun(project) ?? []);
    const known = new Map<string, RunStatus>();
    for (let from = 0; from < open.length; from += LOOK_COUNT_MAX) {
      const refs = open.slice(from, from + LOOK_COUNT_MAX).map(refOf);
      for (const status of await this.#parts.runner.look(tenantId, refs)) known.set(status.runId, status);
    }
    return Promise.all(projects.map((project) => this.#writer.settleBy(project, known.get(project.run?.runId ?? ""))));
  }

  async start(
    tenantId: TenantId,
    projectId: string,
    { asked, call }: { readonly asked: StartAsked; readonly call: RunCall },
  ): Promise<Result<Started, RunProblem>> {
    const refusedPorts = new Set<number>();
    for (let attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt++) {
      const project = await this.look(tenantId, projectId);
      if (project === undefined) return refused({ reason: "project_unknown", projectId });
      const run = openRun(project);
      if (run !== undefined && run.state !== "stopping") return alreadyOpen(project, run, asked);
      if (run !== undefined) {
        const ended = await this.#untilEnded(project, call);
        if (openRun(ended) !== undefined) return refused({ reason: "run_open", projectId, port: run.port });
        continue;
      }
      const draft = draftRun(project, asked, call.limits);
      if (draft === undefined) return refused({ reason: "command_unknown", projectId });
      const begun = await this.#begin(project, draft, { asked, limits: call.limits, refusedPorts });
      if (begun !== "begin_again") return begun;
    }
    return refused({ reason: "run_contended", projectId });
  }

  /** The project once its program runs or has ended, or as it stands after a while: a host far away takes longer. */
  untilRunning(project: Project, call: Omit<RunCall, "limits">): Promise<Project> {
    const untilEpochMs = this.#parts.clock.nowMs() + START_SEEN_MS_MAX;
    const deadlineEpochMs = Math.min(call.deadlineEpochMs, untilEpochMs);
    return this.#whileOpen(project, { ...call, deadlineEpochMs }, ({ state }) => state === "starting");
  }

  /** Ends the run, if one goes on, and answers when it has ended or the call's time is over. */
  async stop(
    tenantId: TenantId,
    projectId: string,
    { call, force = false }: { readonly call: Omit<RunCall, "limits">; readonly force?: boolean },
  ): Promise<Result<Stopped, ProjectUnknown>> {
    const project = await this.look(tenantId, projectId);
    if (project === undefined) return refused({ reason: "project_unknown", projectId });
    const asked = await this.askToStop(project, { force });
    if (openRun(asked) === undefined) return ok({ project: asked, wasOpen: openRun(project) !== undefined });
    return ok({ project: await this.#untilEnded(asked, call), wasOpen: true });
  }

  /** Without waiting for the end. Asked again with `force`, a stop that has grace left has none. */
  async askToStop(project: Project, { force }: { readonly force: boolean }): Promise<Project> {
    const { tenantId, projectId } = project;
    const run = openRun(project);
    if (run === undefined) return project;
    const stopAskedAtEpochMs = this.#parts.clock.nowMs();
    const marked = await this.#parts.store.update(tenantId, projectId, (current) => {
      const known = openRun(current);
      if (known?.runId !== run.runId || known.state === "stopping") return undefined;
      return { ...current, run: { ...known, state: "stopping", stopAskedAtEpochMs } };
    });
    const current = marked.ok ? marked.value : await this.#parts.store.get(tenantId, projectId);
    if (current === undefined || openRun(current)?.runId !== run.runId) return current ?? project;
    const stopped = await this.#parts.runner.stop(tenantId, refOf(run), { force });
    return this.#writer.settleBy(current, stopped.ok ? stopped.value : undefined);
  }

  async #begin(
    project: Project,
    draft: RunDraft,
    given: StartGiven,
  ): Promise<Result<Started, RunProblem> | "begin_again"> {
    const { tenantId } = project;
    const taken = await this.#takePlaces(tenantId, draft, given.limits);
    if (!taken.ok) return taken;
    const holder = { projectId: project.projectId, runId: this.#newRunId(project) };
    const port = await this.#takePort(project, holder, { ...given, taken: taken.value });
    if (!port.ok) {
      await this.#parts.quotas.giveBackAll(tenantId, taken.value);
      return port;
    }
    const opened = await this.#open(project, { ...draft, ...holder, port: port.value, taken: taken.value });
    if (!opened.ok) {
      await this.#parts.quotas.giveBackAll(tenantId, taken.value);
      return opened.problem.reason === "write_lost" ? "begin_again" : refused(opened.problem);
    }
    const { project: begun, run } = opened.value;
    const sent = await this.#writer.send(begun, run);
    if (sent.problem === undefined) return ok({ project: sent.project, wasRunning: false });
    // Whoever is there came after the port was tried out.
    if (sent.problem.reason !== "port_taken" || given.asked.port !== undefined) return refused(sent.problem);
    given.refusedPorts.add(sent.problem.port);
    return "begin_again";
  }

  /** What runs that have ended by themselves still hold is given back before a start is refused for want of it. */
  async #takePlaces(
    tenantId: TenantId,
    draft: RunDraft,
    limits: TenantLimits,
  ): Promise<Result<readonly RunQuota[], QuotaReached>> {
    const asked = quotasOf(draft, limits);
    const first = await this.#parts.quotas.takeAll(tenantId, asked);
    if (first.ok) return ok(runQuotas(first.value));
    await this.list(tenantId);
    const second = await this.#parts.quotas.takeAll(tenantId, asked);
    return second.ok ? ok(runQuotas(second.value)) : second;
  }

  #newRunId({ term }: Project): string {
    return `r${term + 1}-${this.#parts.chance.token(RUN_ID_BYTES)}`;
  }

  /** Nothing is written down yet, so what was taken is given back where the runner can't be asked. */
  async #takePort(
    { tenantId, tech, wantedPorts, run }: Project,
    holder: PortHolder,
    { asked, refusedPorts, taken }: StartGiven & { readonly taken: readonly RunQuota[] },
  ): Promise<Result<number, PortProblem>> {
    const liked = [...wantedPorts, ...(run?.port === undefined ? [] : [run.port])];
    const wanted = liked.filter((port) => !refusedPorts.has(port));
    const ask = asked.port === undefined ? { tech, wanted } : { tech: undefined, exactly: asked.port };
    try {
      return await this.#parts.ports.take(tenantId, ask, holder);
    } catch (fault) {
      await this.#parts.quotas.giveBackAll(tenantId, taken);
      throw fault;
    }
  }

  /**
   * Writes the run down: from then on whoever looks sees to it. A fault here leaves the places taken, since it is unknown
   * whether the write took effect.
   */
  async #open(
    project: Project,
    ready: RunDraft & PortHolder & { readonly port: number; readonly taken: readonly RunQuota[] },
  ): Promise<Result<{ readonly project: Project; readonly run: OpenRun }, OpenProblem>> {
    const { store, openRuns, ports, clock } = this.#parts;
    const { tenantId } = project;
    const { projectId, ...ordered } = ready;
    const term = project.term + 1;
    const { workspace } = project;
    const run: OpenRun = { ...ordered, workspace, term, state: "starting", orderedAtEpochMs: clock.nowMs() };
    await openRuns.add({ tenantId, ...ready });
    const isKept = await ports.keep(tenantId, ready.port, ready);
    const next = { ...project, revision: project.revision + 1, term, run };
    const written = isKept ? await store.put(next) : refused({ reason: "write_lost" } as const);
    if (written.ok) return ok({ project: written.value, run });
    await this.#writer.letGo(tenantId, ready);
    return refused(written.problem.reason === "write_lost" ? { reason: "write_lost" } : written.problem);
  }

  #untilEnded(project: Project, call: Omit<RunCall, "limits">): Promise<Project> {
    return this.#whileOpen(project, call, () => true);
  }

  /** Looks again, soon at first and then seldom, as long as the project's run is open and such as it says. */
  async #whileOpen(
    project: Project,
    call: Omit<RunCall, "limits">,
    isSuch: (run: OpenRun) => boolean,
  ): Promise<Project> {
    const { clock } = this.#parts;
    let known = project;
    let pauseMs = LOOK_PAUSE_MS;
    for (let run = openRun(known); run !== undefined && isSuch(run); run = openRun(known)) {
      if (call.signal?.aborted === true || clock.nowMs() + pauseMs >= call.deadlineEpochMs) break;
      await clock.sleep(pauseMs, call.signal);
      pauseMs = Math.min(2 * pauseMs, LOOK_PAUSE_MS_MAX);
      known = (await this.look(project.tenantId, project.projectId)) ?? withoutRun(known);
      if (known.run?.runId !== project.run?.runId) break;
    }
    return known;
  }
}

/** Unguessable, so that a project that is made anew under an old id never meets an old run of it. */
const RUN_ID_BYTES = 12;

interface StartGiven {
  readonly asked: StartAsked;
  readonly limits: TenantLimits;
  /** Those that the runner would not have, though they looked free. */
  readonly refusedPorts: Set<number>;
}

type OpenProblem = ProjectTooLarge | { readonly reason: "write_lost" };

function runQuotas(taken: readonly TakenQuota[]): readonly RunQuota[] {
  return taken.flatMap(({ quota, ...one }) => {
    const name = RUN_QUOTAS.find((each) => each === quota);
    return name === undefined ? [] : [{ ...one, quota: name }];
  });
}

function alreadyOpen(project: Project, run: OpenRun, asked: StartAsked): Result<Started, RunOpen> {
  if (isAsAsked(run, asked)) return ok({ project, wasRunning: true });
  return refused({ reason: "run_open", projectId: project.projectId, port: run.port });
}
