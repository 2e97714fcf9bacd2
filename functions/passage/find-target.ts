import type { CallContext, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import { openRun, type Project } from "../../layers/core/project/project.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../../layers/core/tenant/tenant-policy.ts";
import { HOST_TOOLKIT } from "../../layers/host/host-toolkit.ts";
import { forbiddenReply } from "../../layers/http/forbidden-reply.ts";
import {
  NOT_LISTENING,
  NOT_RUNNING,
  PROJECT_UNKNOWN,
  RUNS_ELSEWHERE,
} from "../../layers/http/passage/passage-problems.ts";
import type { PassageTarget } from "../../layers/http/passage/passage-target.ts";
import { readProxyPath } from "../../layers/http/passage/proxy-path.ts";
import { type HttpProblem, problemReply } from "../../layers/http/problem-reply.ts";

/** Which projects there are, and where they are reached. */
export interface ProjectAddresses {
  /** Undefined where the tenant has no such project. */
  projectOf(tenantId: TenantId, projectId: string): Promise<Project | undefined>;
  /**
   * Where its run is reached; undefined as long as that is nowhere, `elsewhere` where it is in another region. Asked of a
   * project with an open run alone.
   */
  addressOf(project: Project): Promise<Pick<PassageTarget, "host" | "port"> | "elsewhere" | undefined>;
}

/** Where a call goes, or what it is answered with instead. */
export type Found = { readonly target: PassageTarget; readonly project: Project } | { readonly reply: HttpReply };

const READING_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Lets a call through to the caller's own project, or says why not; the gate stands before it. Who only reads may only read
 * there. Of a caller's words only the project's name and its path count: the address is the run's own.
 */
export async function findTarget(
  addresses: ProjectAddresses,
  request: HttpRequest,
  context: CallContext,
): Promise<Found> {
  const { principal, requestId, policy } = context;
  const isReading = READING_METHODS.includes(request.method) && request.headers.upgrade === undefined;
  const right = mayAct(principal, isReading ? "mcp.read" : "mcp.call");
  if (!right.ok) return { reply: forbiddenReply(right.problem, principal, requestId) };
  const found = hasToolkit(policy) ? await targetOf(addresses, request, principal.tenantId) : PROJECT_UNKNOWN;
  if (typeof found === "string") return { reply: redirect(found) };
  return "status" in found ? { reply: problemReply(found, requestId) } : found;
}

async function targetOf(
  addresses: ProjectAddresses,
  request: HttpRequest,
  tenantId: TenantId,
): Promise<Exclude<Found, { reply: HttpReply }> | HttpProblem | string> {
  const asked = readProxyPath(request.path);
  if (asked === undefined) return PROJECT_UNKNOWN;
  const query = request.query === "" ? "" : `?${request.query}`;
  const prefix = `${request.mount ?? ""}${asked.prefix}`;
  if (asked.path === undefined) return `${prefix}/${query}`;
  const project = await addresses.projectOf(tenantId, asked.projectId);
  if (project === undefined) return PROJECT_UNKNOWN;
  if (openRun(project) === undefined) return NOT_RUNNING;
  const address = await addresses.addressOf(project);
  if (address === undefined) return NOT_LISTENING;
  if (address === "elsewhere") return RUNS_ELSEWHERE;
  const { host, port } = address;
  return { project, target: { host, port, path: `${asked.path}${query}`, prefix } };
}

function hasToolkit({ toolkits }: TenantPolicy): boolean {
  return toolkits === "all" || toolkits.includes(HOST_TOOLKIT);
}

/** So that a page's relative links lie below the project. */
function redirect(location: string): HttpReply {
  return { status: 308, headers: { location, "cache-control": "no-store" }, body: "", log: { outcome: "ok" } };
}
