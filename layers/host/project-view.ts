import { PORT_RANGES } from "../core/deployment/project-ports.ts";
import type { RunStatus } from "../core/ports/runner.ts";
import { rangeOfPort } from "../core/project/port-ranges.ts";
import { openRun, type Project, type ProjectRun, statusOf } from "../core/project/project.ts";

/** Where a project that runs is reached: through the server, which asks for the caller's credential; undefined: nowhere. */
export type AccessUrl = (projectId: string) => string | undefined;

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** As the MCP Debug Host names a run, which is a container there. */
export function containerName(projectId: string, { orderedAtEpochMs }: Pick<ProjectRun, "orderedAtEpochMs">): string {
  return `debug-host-${projectId}-${orderedAtEpochMs}`;
}

const CONTAINER_PATTERN = /^debug-host-([A-Za-z0-9_-]+)-\d{1,16}$/;

/** The project in such a name; undefined of any other word. */
export function projectOfContainer(name: string): string | undefined {
  return CONTAINER_PATTERN.exec(name)?.[1];
}

/** A project as `host.register` and `host.list` tell of it. */
export function projectDetails(project: Project, accessUrl: AccessUrl) {
  const { projectId, name, workspace, stack, tech, start, environment, wantedPorts, term } = project;
  const { registeredAtEpochMs, changedAtEpochMs, run } = project;
  return {
    projectId,
    name,
    workspace,
    status: statusOf(project),
    techStack: stack,
    technologies: stack,
    metadata: {
      primaryTech: tech ?? null,
      startCommand: start?.command ?? null,
      startCommandFrom: start?.from ?? null,
    },
    ports: portsOf(project),
    registeredAt: iso(registeredAtEpochMs),
    lastModified: iso(changedAtEpochMs),
    lastAccessed: iso(Math.max(changedAtEpochMs, run?.orderedAtEpochMs ?? 0)),
    stats: { startCount: term },
    config: { environment: Object.keys(environment), ports: wantedPorts },
    ...runDetails(project, accessUrl),
  };
}

/** Undefined fields are left out: a project that was never started has no container. */
export function runDetails(project: Project, accessUrl: AccessUrl) {
  const { projectId, run } = project;
  if (run === undefined) return {};
  const isOpen = run.state !== "ended";
  const url = isOpen && run.port !== undefined ? accessUrl(projectId) : undefined;
  return {
    containerId: run.runId,
    containerName: containerName(projectId, run),
    command: run.command,
    environment: run.environmentName,
    ...(url !== undefined && { accessUrl: url }),
    ...("startedAtEpochMs" in run && run.startedAtEpochMs !== undefined && { startTime: run.startedAtEpochMs }),
    ...(run.state === "ended" && endDetails(run.end)),
  };
}

function endDetails({
  reason,
  exitCode,
  signal,
  detail,
  atEpochMs,
}: (ProjectRun & { readonly state: "ended" })["end"]) {
  return {
    stopTime: atEpochMs,
    exit: {
      reason,
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...(detail !== undefined && detail !== "" && { detail }),
    },
  };
}

/** The port of the run that goes on; before it, those that the project would like. */
export function portsOf(project: Project) {
  const port = openRun(project)?.port;
  const primary = port ?? project.wantedPorts[0] ?? null;
  const { tech } = project;
  const range = tech === undefined ? (primary === null ? undefined : rangeOfPort(primary)?.range) : PORT_RANGES[tech];
  const allocated = port === undefined ? [] : [port];
  return { primary, allocated, exposed: allocated, range: range ?? null, type: tech ?? null };
}

/** How well a run does, as far as can be told from outside: whether it listens where it was told to. */
export function healthOf(project: Project, status: RunStatus | undefined) {
  if (openRun(project) === undefined) return { status: "stopped" };
  if (status?.state !== "running") return { status: "starting" };
  const { isListening } = status;
  if (isListening === undefined) return { status: "unknown" };
  return { status: isListening ? "healthy" : "starting", isListening };
}

export function usageOf(status: RunStatus | undefined) {
  return status?.usage === undefined ? {} : { usage: status.usage };
}

export function uptimeMs(project: Project, nowEpochMs: number): number {
  const run = openRun(project);
  if (run === undefined || !("startedAtEpochMs" in run) || run.startedAtEpochMs === undefined) return 0;
  return Math.max(0, nowEpochMs - run.startedAtEpochMs);
}
