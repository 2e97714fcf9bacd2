import * as z from "zod";
import {
  PROJECT_NAME_CHARACTERS_MAX,
  STACK_WORD_CHARACTERS_MAX,
  STACK_WORDS_MAX,
  WANTED_PORTS_MAX,
  WORKSPACE_CHARACTERS_MAX,
} from "../core/project/limits.ts";
import { openRun, type Project, statusOf } from "../core/project/project.ts";
import { ok, refused } from "../core/result.ts";
import { auditedChange, auditedChangeOfKnown } from "./audited-change.ts";
import { runFailure } from "./host-failure.ts";
import { type HostParts, lookedUp } from "./host-parts.ts";
import { commandLine, environmentNames, portNumber, projectId } from "./host-schemas.ts";
import { type HostAnswer, type HostCall, type HostTool, hostTool } from "./host-tool.ts";
import { containerName, healthOf, portsOf, projectDetails, runDetails, uptimeMs, usageOf } from "./project-view.ts";
import { failureWithPorts } from "./suggested-ports.ts";

/** Which projects there are, and how they stand. */
export function registrationTools(parts: HostParts): readonly HostTool[] {
  return [registerTool(parts), listTool(parts), statusTool(parts), removeTool(parts)];
}

function registerTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.register",
    title: "Register a project",
    description:
      "Registers a folder as a project that can be started. What it is made with and how it is started is told from its " +
      "files (package.json, Procfile, requirements.txt, composer.json, index.html and others) and shown in the answer; " +
      "command overrides it. A folder can be one project only.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    input: registerArguments,
    run(given, call) {
      const { name, env = {} } = given;
      const after = { name, environmentNames: Object.keys(env) };
      const deed = { action: "project.register", projectId: "", after } as const;
      return auditedChange(parts, call, { deed, change: () => registered(parts, given, call) });
    },
  });
}

const registerArguments = () =>
  z.object({
    workspace: z
      .string()
      .min(1)
      .max(WORKSPACE_CHARACTERS_MAX)
      .describe("The folder, as a path within the tenant's workspace"),
    name: z.string().trim().min(1).max(PROJECT_NAME_CHARACTERS_MAX).describe("What people call it"),
    techStack: z
      .array(z.string().min(1).max(STACK_WORD_CHARACTERS_MAX))
      .max(STACK_WORDS_MAX)
      .optional()
      .describe("What it is made with, such as node or flask; told from its files if left out"),
    ports: z.array(portNumber()).max(WANTED_PORTS_MAX).optional().describe("Ports that it would like, best first"),
    command: commandLine().optional(),
    env: environmentNames().optional().describe("Added to the environment of each run"),
  });

async function registered(
  { projects, ports: portBook, accessUrl }: HostParts,
  { workspace, name, techStack, ports, command, env }: z.output<ReturnType<typeof registerArguments>>,
  { tenantId, limits }: HostCall,
): Promise<HostAnswer> {
  const draft = {
    ...{ workspace, name },
    ...(techStack !== undefined && { stack: techStack }),
    ...(ports !== undefined && { wantedPorts: ports }),
    ...(command !== undefined && { command }),
    ...(env !== undefined && { environment: env }),
  };
  const made = await projects.register(tenantId, draft, limits);
  if (!made.ok) return refused(await failureWithPorts({ ports: portBook }, { tenantId }, made.problem));
  const { projectId: id, start } = made.value;
  const how =
    start === undefined ? "nothing says how it is started: give host.start a command" : `starts with: ${start.command}`;
  return ok({
    success: true,
    projectId: id,
    message: `Registered ${name}; ${how}`,
    details: projectDetails(made.value, accessUrl),
  });
}

function listTool({ runs, accessUrl, clock }: HostParts): HostTool {
  return hostTool({
    name: "host.list",
    title: "List projects",
    description: "Lists the tenant's projects and how they stand now.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        status: z
          .enum(["all", "running", "stopped"])
          .default("all")
          .describe("Only those that run, or only those that do not"),
        techStack: z.string().max(STACK_WORD_CHARACTERS_MAX).optional().describe("Only those made with this"),
      }),
    async run({ status, techStack }, { tenantId }) {
      const all = await runs.list(tenantId);
      const shown = all.filter((project) => isOfStatus(project, status) && isMadeWith(project, techStack));
      const runningCount = all.filter((project) => isOfStatus(project, "running")).length;
      return ok({
        success: true,
        projects: shown.map((project) => projectDetails(project, accessUrl)),
        total: shown.length,
        totalRegistered: all.length,
        filters: { status, techStack: techStack ?? null },
        metadata: { runningCount, stoppedCount: all.length - runningCount, timestamp: clock.nowMs() },
      });
    },
  });
}

function isOfStatus(project: Project, status: "all" | "running" | "stopped"): boolean {
  return status === "all" || (status === "running") === (openRun(project) !== undefined);
}

function isMadeWith({ stack, tech }: Project, word: string | undefined): boolean {
  if (word === undefined) return true;
  const sought = word.toLowerCase();
  return tech === sought || stack.some((each) => each.toLowerCase() === sought);
}

function statusTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.status",
    title: "How a project stands",
    description:
      "Tells whether a project runs, since when, on which port, whether it listens there, what it uses, and how its last run ended.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () => z.object({ projectId: projectId() }),
    async run({ projectId: id }, call) {
      const found = await lookedUp(parts, call, id);
      if (!found.ok) return found;
      const project = found.value;
      const { run } = project;
      const status = openRun(project) === undefined ? undefined : await parts.runs.runStatus(project);
      const health = healthOf(project, status);
      const nowEpochMs = parts.clock.nowMs();
      return ok({
        success: true,
        projectId: id,
        projectName: project.name,
        status: statusOf(project),
        techStack: project.stack,
        ports: portsOf(project),
        uptime: uptimeMs(project, nowEpochMs),
        lastHealthCheck: nowEpochMs,
        container:
          run === undefined
            ? null
            : { id: run.runId, name: containerName(id, run), state: run.state, ...usageOf(status) },
        health,
        isHealthy: health.status === "healthy",
        isRunning: run?.state === "running",
        ...runDetails(project, parts.accessUrl),
      });
    },
  });
}

function removeTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.remove",
    title: "Remove a project",
    description: "Stops a project if it runs, and forgets it with its log. Its folder stays as it is.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    input: () =>
      z.object({ projectId: projectId(), force: z.boolean().default(false).describe("End it without any grace") }),
    run(given, call) {
      const deed = { action: "project.remove", projectId: given.projectId } as const;
      return auditedChangeOfKnown(parts, call, { deed, change: () => removed(parts, given, call) });
    },
  });
}

async function removed(
  { runs, projects, logs }: HostParts,
  { projectId: id, force }: { readonly projectId: string; readonly force: boolean },
  call: HostCall,
): Promise<HostAnswer> {
  const stopped = await runs.stop(call.tenantId, id, { call, force });
  if (!stopped.ok) return refused(runFailure(stopped.problem));
  const { project } = stopped.value;
  if (openRun(project) !== undefined) {
    const message = "The project has not ended yet; try again";
    return refused({ code: "TIMEOUT", message, details: { projectId: id } });
  }
  const isGone = await projects.remove(project);
  if (!isGone) return refused(runFailure({ reason: "run_contended", projectId: id }));
  await logs.erase(call.tenantId, id);
  return ok({ success: true, projectId: id, message: `Removed ${project.name}` });
}
