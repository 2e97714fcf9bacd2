import * as z from "zod";
import { STARTS_AT_ONCE } from "../core/project/limits.ts";
import { openRun, type Project, type RunEnvironment, statusOf } from "../core/project/project.ts";
import type { StartAsked } from "../core/project/run-draft.ts";
import { ok, refused } from "../core/result.ts";
import { TenantTurns } from "../core/tenant-turns.ts";
import { auditedChange, auditedChangeOfKnown } from "./audited-change.ts";
import { runFailure } from "./host-failure.ts";
import type { HostParts } from "./host-parts.ts";
import { commandLine, environmentNames, portNumber, projectId, runEnvironment } from "./host-schemas.ts";
import { type HostAnswer, type HostCall, type HostTool, hostTool } from "./host-tool.ts";
import { portsOf, runDetails } from "./project-view.ts";
import { failureWithPorts } from "./suggested-ports.ts";

/** Starting and stopping. */
export function runTools(parts: HostParts): readonly HostTool[] {
  const turns = new TenantTurns(STARTS_AT_ONCE);
  return [startTool(parts, turns), stopTool(parts), restartTool(parts, turns)];
}

/** Work that launches a program. A caller that has gone while it waited for its turn is not worked for. */
function inTurn(
  turns: TenantTurns,
  call: Pick<HostCall, "tenantId" | "signal">,
  work: () => Promise<HostAnswer>,
): Promise<HostAnswer> {
  return turns.take(call.tenantId, async () => {
    if (!call.signal.aborted) return work();
    return refused({ code: "TIMEOUT", message: "Too many others were started before; nothing was begun" });
  });
}

/** `3000`, `"3000"`, or `"3000:3000"` as containers are told it: the machine's side first. */
const dockerPort = () => z.union([portNumber(), z.string().regex(/^\d{1,5}(?::\d{1,5})?$/)]);

/** Both sets of arguments that clients of the MCP Debug Host have. */
const startArguments = () =>
  z.object({
    projectId: projectId(),
    command: commandLine().optional(),
    port: z
      .union([portNumber(), z.literal("auto")])
      .optional()
      .describe("This port or none; auto, or left out, for any that is free"),
    env: environmentNames().optional().describe("Added to the project's environment"),
    environment: runEnvironment(),
    dockerConfig: z
      .object({
        image: z.string().optional(),
        ports: z.array(dockerPort()).optional(),
        env: z.union([environmentNames(), z.array(z.string())]).optional(),
      })
      .optional()
      .describe("Of containers: the first of ports and env count, as port and env do. An image is not used"),
  });

type StartArguments = z.output<ReturnType<typeof startArguments>>;

function startTool(parts: HostParts, turns: TenantTurns): HostTool {
  return hostTool({
    name: "host.start",
    title: "Start a project",
    description:
      "Starts a project: with its own command, or with the one given. Where no project has the id, and a command is " +
      "given, one is made with an empty folder. A project that runs already as asked for goes on, and that is told. " +
      "The answer comes as soon as it is started; host.status tells whether it listens, host.logs what it prints.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    input: startArguments,
    run: (given, call) =>
      inTurn(turns, call, () => {
        const asked = askedOf(given);
        const after = { environmentNames: Object.keys(asked.environment ?? {}) };
        const deed = { action: "project.start", projectId: given.projectId, after } as const;
        // One that is not there is made where there is a command.
        const audited = asked.command === undefined ? auditedChangeOfKnown : auditedChange;
        return audited(parts, call, { deed, change: () => started(parts, { given, asked }, call) });
      }),
  });
}

async function started(
  parts: HostParts,
  { given, asked }: { readonly given: StartArguments; readonly asked: StartAsked },
  call: HostCall,
): Promise<HostAnswer> {
  if (asked.command !== undefined) {
    const there = await parts.projects.ensure(call.tenantId, given.projectId, call.limits);
    if (!there.ok) return refused(runFailure(there.problem));
  }
  const outcome = await parts.runs.start(call.tenantId, given.projectId, { asked, call });
  if (!outcome.ok) return refused(await failureWithPorts(parts, call, outcome.problem));
  const { wasRunning } = outcome.value;
  const project = await parts.runs.untilRunning(outcome.value.project, call);
  const said = wasRunning ? "runs already" : (endWords(project) ?? "is started");
  const unused = given.dockerConfig?.image === undefined ? "" : "; no image is used";
  return ok({
    success: true,
    ...runAnswer(parts, project),
    alreadyRunning: wasRunning,
    message: `${project.name} ${said}${unused}`,
  });
}

function askedOf({ command, port, env, environment, dockerConfig }: StartArguments): StartAsked {
  const [mapped] = dockerConfig?.ports ?? [];
  const asked = port ?? (mapped === undefined ? undefined : Number.parseInt(String(mapped), 10));
  const added = { ...environmentOf(dockerConfig?.env), ...env };
  return {
    ...(command !== undefined && { command }),
    ...(typeof asked === "number" && { port: asked }),
    ...(Object.keys(added).length > 0 && { environment: added }),
    ...(environment !== undefined && { environmentName: environment }),
  };
}

/** As an object, or as `NAME=value` words. */
function environmentOf(given: Readonly<Record<string, string>> | string[] = {}): Readonly<Record<string, string>> {
  if (!Array.isArray(given)) return given;
  return Object.fromEntries(
    given.map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")] as const;
    }),
  );
}

function endWords(project: Project): string | undefined {
  const { run } = project;
  if (run?.state !== "ended") return undefined;
  const { reason, exitCode } = run.end;
  return `was started and has ended${exitCode === undefined ? `: ${reason}` : ` with exit code ${exitCode}`}`;
}

function runAnswer({ accessUrl }: HostParts, project: Project) {
  return {
    projectId: project.projectId,
    status: statusOf(project),
    ports: portsOf(project),
    ...runDetails(project, accessUrl),
  };
}

function stopTool(parts: HostParts): HostTool {
  return hostTool({
    name: "host.stop",
    title: "Stop a project",
    description:
      "Ends a project with all the processes that it started: they are asked to end (SIGTERM), and those left after some " +
      "seconds are ended (SIGKILL). With force, at once. Stopping what does not run succeeds.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    input: () =>
      z.object({ projectId: projectId(), force: z.boolean().default(false).describe("End it without any grace") }),
    run({ projectId: id, force }, call) {
      const deed = { action: "project.stop", projectId: id } as const;
      return auditedChangeOfKnown(parts, call, { deed, change: () => stopped(parts, id, { call, force }) });
    },
  });
}

async function stopped(
  parts: HostParts,
  id: string,
  { call, force }: { readonly call: HostCall; readonly force: boolean },
): Promise<HostAnswer> {
  const ended = await parts.runs.stop(call.tenantId, id, { call, force });
  if (!ended.ok) return refused(runFailure(ended.problem));
  const { project, wasOpen } = ended.value;
  const isOpen = openRun(project) !== undefined;
  const said = isOpen ? "is ending" : wasOpen ? "has ended" : "did not run";
  return ok({
    success: true,
    ...runAnswer(parts, project),
    status: isOpen ? "stopping" : "stopped",
    stopTime: parts.clock.nowMs(),
    message: `${project.name} ${said}`,
  });
}

function restartTool(parts: HostParts, turns: TenantTurns): HostTool {
  return hostTool({
    name: "host.restart",
    title: "Restart a project",
    description:
      "Stops a project if it runs, and starts it with the command of its last run, on the same port where that is free.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    input: () => z.object({ projectId: projectId(), environment: runEnvironment() }),
    run({ projectId: id, environment }, call) {
      const deed = { action: "project.restart", projectId: id } as const;
      const change = () => restarted(parts, turns, { id, environment, call });
      return auditedChangeOfKnown(parts, call, { deed, change });
    },
  });
}

interface RestartAsked {
  readonly id: string;
  readonly environment: RunEnvironment | undefined;
  readonly call: HostCall;
}

async function restarted(
  parts: HostParts,
  turns: TenantTurns,
  { id, environment, call }: RestartAsked,
): Promise<HostAnswer> {
  const ended = await parts.runs.stop(call.tenantId, id, { call });
  if (!ended.ok) return refused(runFailure(ended.problem));
  const { run } = ended.value.project;
  const environmentName = environment ?? run?.environmentName;
  const asked: StartAsked = {
    ...(run !== undefined && { command: run.command, environment: run.added }),
    ...(environmentName !== undefined && { environmentName }),
  };
  return inTurn(turns, call, async () => {
    const outcome = await parts.runs.start(call.tenantId, id, { asked, call });
    if (!outcome.ok) return refused(await failureWithPorts(parts, call, outcome.problem));
    const project = await parts.runs.untilRunning(outcome.value.project, call);
    return ok({
      success: true,
      ...runAnswer(parts, project),
      restartTime: parts.clock.nowMs(),
      message: `${project.name} ${endWords(project) ?? "is started anew"}`,
    });
  });
}
