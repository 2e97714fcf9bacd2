import type { CallContext, DoorCall, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { openRun } from "../../core/project/project.ts";
import type { ProjectRuns } from "../../core/project/project-runs.ts";
import { mayAct } from "../../core/tenant/action.ts";
import type { TenantPolicy } from "../../core/tenant/tenant-policy.ts";
import { HOST_TOOLKIT } from "../../host/host-toolkit.ts";
import { forbiddenReply } from "../../http/forbidden-reply.ts";
import { type HttpProblem, problemReply } from "../../http/problem-reply.ts";
import type { Passage, PassageTarget } from "../http-exchange.ts";
import { REPLY_TIMEOUT_MS } from "./limits.ts";
import { NOT_LISTENING } from "./pass-exchange.ts";
import { PROXY_PREFIX, readProxyPath } from "./proxy-path.ts";

const READING_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];
export const PASSED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** The way to the projects that run, for who may take it: the gate stands before {@link ProjectPassage.handler}. */
export class ProjectPassage implements Passage {
  readonly replyTimeoutMs: number = REPLY_TIMEOUT_MS;
  readonly #runs: Pick<ProjectRuns, "look" | "runStatus">;
  readonly #targets = new Map<string, PassageTarget>();

  constructor(runs: Pick<ProjectRuns, "look" | "runStatus">) {
    this.#runs = runs;
  }

  takes(target: string): boolean {
    return target.startsWith(PROXY_PREFIX);
  }

  targetOf(requestId: string): PassageTarget | undefined {
    const target = this.#targets.get(requestId);
    this.#targets.delete(requestId);
    return target;
  }

  /** Lets a call through to the caller's own project, or says why not. Who only reads may only read there. */
  readonly handler: HttpHandler = async (request, context) => {
    const { principal, requestId, policy } = context;
    const isReading = READING_METHODS.includes(request.method) && request.headers.upgrade === undefined;
    const right = mayAct(principal, isReading ? "mcp.read" : "mcp.call");
    if (!right.ok) return forbiddenReply(right.problem, principal, requestId);
    const found = hasToolkit(policy) ? await this.#find(request, context) : PROJECT_UNKNOWN;
    if (typeof found === "string") return redirect(found);
    if ("status" in found) return problemReply(found, requestId);
    this.#targets.set(requestId, found);
    return { status: 200, headers: {}, body: "", log: { operation: `${request.method} ${PROXY_PREFIX}` } };
  };

  async #find(request: HttpRequest, { principal }: CallContext): Promise<PassageTarget | HttpProblem | string> {
    const asked = readProxyPath(request.path);
    if (asked === undefined) return PROJECT_UNKNOWN;
    const query = request.query === "" ? "" : `?${request.query}`;
    if (asked.path === undefined) return `${asked.prefix}/${query}`;
    const project = await this.#runs.look(principal.tenantId, asked.projectId);
    if (project === undefined) return PROJECT_UNKNOWN;
    if (openRun(project) === undefined) return NOT_RUNNING;
    const status = await this.#runs.runStatus(project);
    const address = status?.state === "running" ? status.address : undefined;
    if (address === undefined) return NOT_LISTENING;
    return { ...address, path: `${asked.path}${query}`, prefix: asked.prefix };
  }
}

function hasToolkit({ toolkits }: TenantPolicy): boolean {
  return toolkits === "all" || toolkits.includes(HOST_TOOLKIT);
}

/** So that a page's relative links lie below the project. */
function redirect(location: string): HttpReply {
  return { status: 308, headers: { location, "cache-control": "no-store" }, body: "", log: { outcome: "ok" } };
}

const PROJECT_UNKNOWN: HttpProblem = { status: 404, code: "project_unknown", detail: "there is no such project" };
const NOT_RUNNING: HttpProblem = {
  status: 502,
  code: "project_not_running",
  detail: "the project does not run; host.start starts it",
};

/**
 * A page of a project is in an origin of its own, `null`. It may ask for the project's parts where a credential shows who
 * sends it there, which no page can add by itself.
 */
export function admittingPages(handler: HttpHandler<DoorCall>): HttpHandler<DoorCall> {
  return async (request, call) => {
    const { origin, ...headers } = request.headers;
    const isShown = origin === "null" && headers.authorization !== undefined && request.path.startsWith(PROXY_PREFIX);
    if (!isShown) return handler(request, call);
    const reply = await handler({ ...request, headers }, call);
    return { ...reply, headers: { ...reply.headers, "access-control-allow-origin": origin } };
  };
}
