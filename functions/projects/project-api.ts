import * as z from "zod";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { CallContext, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { inParallel } from "../../layers/core/in-parallel.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { BATCH_PROJECTS_MAX, WANTED_PORTS_MAX } from "../../layers/core/project/limits.ts";
import type { PortBook } from "../../layers/core/project/port-book.ts";
import type { Project } from "../../layers/core/project/project.ts";
import type { ProjectRuns } from "../../layers/core/project/project-runs.ts";
import type { ProjectStore } from "../../layers/core/project/project-store.ts";
import type { Projects } from "../../layers/core/project/projects.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import type { WorkspaceUploads } from "../../layers/core/workspace/workspace-uploads.ts";
import { auditedChangeOfKnown } from "../../layers/host/audited-change.ts";
import { invalidParams, runFailure } from "../../layers/host/host-failure.ts";
import { commandLine, environmentNames, portNumber, projectId } from "../../layers/host/host-schemas.ts";
import { failureWithPorts } from "../../layers/host/suggested-ports.ts";
import type { ProjectRoute } from "../project-paths.ts";
import { apiReply, bodyOf, type SurfaceFailure } from "./host-reply.ts";
import { BATCH_AT_ONCE } from "./limits.ts";
import { routeUnknown } from "./mcp-surface.ts";
import { type Asking, callerOf, type ToolCalls, type ToolOutcome } from "./tool-calls.ts";
import { acceptWorkspace, offerWorkspace, removeWorkspace, showWorkspace } from "./workspace-api.ts";

export interface ProjectApiParts {
  readonly calls: ToolCalls;
  readonly projects: Projects;
  readonly ports: Pick<PortBook, "suggestLike">;
  readonly runs: Pick<ProjectRuns, "look" | "list">;
  readonly store: Pick<ProjectStore, "get">;
  readonly uploads: WorkspaceUploads;
  readonly audit: Pick<AuditLog, "change">;
  readonly clock: Clock;
}

/** One request, its path in parts. */
interface Asked extends Asking {
  /** What stands where the pattern has a star. */
  readonly id: string;
}

interface ApiRoute {
  /** Parts of the path; `*` is any one. */
  readonly pattern: ProjectRoute;
  /** Whose right it takes: that of calling this tool. */
  readonly right: string;
  readonly answer: (parts: ProjectApiParts, asked: Asked) => Promise<Result<unknown, SurfaceFailure>>;
}

/** `/api/projects`, `/api/servers` and `/api/ports`. */
export function projectApi(parts: ProjectApiParts) {
  return async (request: HttpRequest, context: CallContext): Promise<HttpReply> => {
    for (const route of ROUTES) {
      const id = matched(route.pattern, `${request.method} ${request.path}`);
      if (id === undefined) continue;
      const reply =
        parts.calls.forbidden(route.right, context) ?? apiReply(await route.answer(parts, { request, context, id }));
      return { ...reply, log: { ...reply.log, operation: route.pattern } };
    }
    return routeUnknown(request);
  };
}

/** What stands for the star; empty where the pattern has none. */
function matched(pattern: string, asked: string): string | undefined {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return asked === pattern ? "" : undefined;
  if (!asked.startsWith(before) || !asked.endsWith(after) || asked.length <= before.length + after.length)
    return undefined;
  const id = asked.slice(before.length, asked.length - after.length);
  return id.includes("/") ? undefined : decoded(id);
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // a percent sign that begins no character
  }
}

/** As the tool of this name answers, told of the project in the path and of what the body says besides. */
const asTool =
  (name: string) =>
  async ({ calls }: ProjectApiParts, { request, context, id }: Asked): Promise<ToolOutcome> => {
    const body = bodyOf(request.body);
    if (!body.ok) return body;
    const given = z.record(z.string(), z.unknown()).safeParse(body.value);
    if (!given.success) return refused(invalidParams("The body is an object"));
    return calls.call(name, { ...given.data, ...(id !== "" && { projectId: id }) }, { request, context });
  };

const ROUTES: readonly ApiRoute[] = [
  { pattern: "GET /api/projects", right: "host.list", answer: withQuery("host.list") },
  { pattern: "POST /api/projects", right: "host.register", answer: asTool("host.register") },
  { pattern: "POST /api/projects/batch", right: "host.start", answer: batch },
  { pattern: "POST /api/projects/clear-all", right: "host.remove", answer: clearAll },
  { pattern: "POST /api/projects/*/start", right: "host.start", answer: asTool("host.start") },
  { pattern: "POST /api/projects/*/stop", right: "host.stop", answer: asTool("host.stop") },
  { pattern: "POST /api/projects/*/restart", right: "host.restart", answer: asTool("host.restart") },
  { pattern: "GET /api/projects/*/health", right: "host.status", answer: health },
  { pattern: "GET /api/projects/*/config", right: "host.status", answer: ofProject(config) },
  { pattern: "PUT /api/projects/*/config", right: "host.register", answer: ofProject(configure) },
  { pattern: "GET /api/projects/*/workspace", right: "host.status", answer: ofProject(showWorkspace) },
  { pattern: "POST /api/projects/*/workspace", right: "host.register", answer: ofProject(offerWorkspace) },
  { pattern: "PUT /api/projects/*/workspace", right: "host.register", answer: ofProject(acceptWorkspace) },
  { pattern: "DELETE /api/projects/*/workspace", right: "host.register", answer: ofProject(removeWorkspace) },
  { pattern: "GET /api/projects/*", right: "host.status", answer: asTool("host.status") },
  { pattern: "DELETE /api/projects/*", right: "host.remove", answer: asTool("host.remove") },
  { pattern: "GET /api/servers", right: "host.list", answer: withQuery("host.list") },
  { pattern: "GET /api/servers/*", right: "host.status", answer: asTool("host.status") },
  { pattern: "GET /api/ports", right: "host.ports", answer: withQuery("host.ports") },
  { pattern: "GET /api/ports/suggest", right: "host.suggestPort", answer: suggest },
  { pattern: "GET /api/ports/*/check", right: "host.checkPort", answer: check },
];

/** What no tool reads first: the id in the path has to be one. */
function ofProject(answer: ApiRoute["answer"]): ApiRoute["answer"] {
  return async (parts, asked) =>
    projectId().safeParse(asked.id).success
      ? answer(parts, asked)
      : refused(invalidParams("The path has no id of a project"));
}

function withQuery(name: string): ApiRoute["answer"] {
  return ({ calls }, { request, context }) =>
    calls.call(name, Object.fromEntries(new URLSearchParams(request.query)), { request, context });
}

const wholeNumber = (text: string | undefined) =>
  text === undefined ? undefined : /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;

async function suggest({ calls }: ProjectApiParts, { request, context }: Asked): Promise<ToolOutcome> {
  const { preferredPort, count, ...others } = Object.fromEntries(new URLSearchParams(request.query));
  const numbers = { preferredPort: wholeNumber(preferredPort), count: wholeNumber(count) };
  return calls.call("host.suggestPort", { ...others, ...numbers }, { request, context });
}

async function check({ calls }: ProjectApiParts, { id, ...asking }: Asked): Promise<ToolOutcome> {
  return calls.call("host.checkPort", { port: wholeNumber(id) }, asking);
}

async function health({ calls, clock }: ProjectApiParts, { id, ...asking }: Asked): Promise<ToolOutcome> {
  const status = await calls.call("host.status", { projectId: id }, asking);
  if (!status.ok) return status;
  const { projectId: of, status: state, health: found, isHealthy, isRunning, uptime } = status.value;
  return ok({ projectId: of, status: state, health: found, isHealthy, isRunning, uptime, timestamp: clock.nowMs() });
}

const noProject = (id: string): SurfaceFailure => runFailure({ reason: "project_unknown", projectId: id });

async function config({ runs }: ProjectApiParts, { context, id }: Asked): Promise<Result<unknown, SurfaceFailure>> {
  const project = await runs.look(context.principal.tenantId, id);
  if (project === undefined) return refused(noProject(id));
  const { environment, wantedPorts: ports, start } = project;
  return ok({ projectId: id, environment, ports, command: start?.command ?? null });
}

const Config = z.strictObject({
  environment: environmentNames().optional(),
  ports: z.array(portNumber()).max(WANTED_PORTS_MAX).optional(),
  command: commandLine().optional(),
});

/** Holds from the next start on. What a container has besides, folders and networks of its own, a program has not. */
async function configure(
  parts: ProjectApiParts,
  { request, context, id }: Asked,
): Promise<Result<unknown, SurfaceFailure>> {
  const body = bodyOf(request.body);
  if (!body.ok) return body;
  const given = Config.safeParse(body.value);
  if (!given.success) {
    const flaws = given.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return refused(invalidParams(`A configuration has environment, ports and command: ${flaws}`));
  }
  const { environment } = given.data;
  const after = environment === undefined ? {} : { environmentNames: Object.keys(environment) };
  const deed = { action: "project.change", projectId: id, after } as const;
  return auditedChangeOfKnown(parts, callerOf({ request, context }), {
    deed,
    change: () => configured(parts, given.data, { tenantId: context.principal.tenantId, projectId: id }),
  });
}

async function configured(
  { projects, ports: portBook }: ProjectApiParts,
  { environment, ports, command }: z.output<typeof Config>,
  { tenantId, projectId: id }: Pick<Project, "tenantId" | "projectId">,
): Promise<Result<unknown, SurfaceFailure>> {
  const changed = await projects.change(tenantId, id, {
    ...(environment !== undefined && { environment }),
    ...(ports !== undefined && { wantedPorts: ports }),
    ...(command !== undefined && { command }),
  });
  if (!changed.ok) return refused(await failureWithPorts({ ports: portBook }, { tenantId }, changed.problem));
  const { environment: now, wantedPorts, start } = changed.value;
  return ok({ success: true, projectId: id, environment: now, ports: wantedPorts, command: start?.command ?? null });
}

const Batch = z.object({
  action: z.enum(["start", "stop", "restart"]),
  projectIds: z.array(projectId()).min(1).max(BATCH_PROJECTS_MAX),
});

/** Each project by itself: what some are refused, others get. */
async function batch(
  { calls, clock }: ProjectApiParts,
  { request, context }: Asked,
): Promise<Result<unknown, SurfaceFailure>> {
  const body = bodyOf(request.body);
  if (!body.ok) return body;
  const given = Batch.safeParse(body.value);
  if (!given.success) {
    return refused(
      invalidParams(`A batch is {action: start, stop or restart, projectIds}, of at most ${BATCH_PROJECTS_MAX}`),
    );
  }
  const { action, projectIds } = given.data;
  const ids = [...new Set(projectIds)];
  const outcomes = await inParallel(ids, { parallelMax: BATCH_AT_ONCE, signal: context.signal }, (id) =>
    calls.call(`host.${action}`, { projectId: id }, { request, context }),
  );
  return ok(summed(action, { ids, outcomes, timestamp: clock.nowMs() }));
}

const CLEAR_WORD = "DELETE_ALL";
const ClearAll = z.object({ confirm: z.literal(CLEAR_WORD) });

async function clearAll(
  { calls, runs, clock }: ProjectApiParts,
  { request, context }: Asked,
): Promise<Result<unknown, SurfaceFailure>> {
  const body = bodyOf(request.body);
  if (!body.ok) return body;
  if (!ClearAll.safeParse(body.value).success) {
    return refused(invalidParams(`To remove all projects, send {"confirm": "${CLEAR_WORD}"}`));
  }
  const ids = (await runs.list(context.principal.tenantId)).map(({ projectId: id }) => id);
  const outcomes = await inParallel(ids, { parallelMax: BATCH_AT_ONCE, signal: context.signal }, (id) =>
    calls.call("host.remove", { projectId: id }, { request, context }),
  );
  return ok({ success: true, ...summed("remove", { ids, outcomes, timestamp: clock.nowMs() }) });
}

function summed(
  action: string,
  done: {
    readonly ids: readonly string[];
    readonly outcomes: readonly (ToolOutcome | undefined)[];
    readonly timestamp: number;
  },
) {
  const { ids, outcomes, timestamp } = done;
  const succeeded = ids.filter((_, index) => outcomes[index]?.ok === true);
  const failed = ids.flatMap((id, index) => {
    const outcome = outcomes[index];
    if (outcome?.ok === true) return [];
    const { code, message } = outcome?.problem ?? { code: "TIMEOUT", message: "not begun before the call was over" };
    return [{ projectId: id, error: message, code }];
  });
  return { action, total: ids.length, succeeded, failed, timestamp };
}
