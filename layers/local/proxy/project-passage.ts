import { findTarget, type ProjectAddresses } from "../../../functions/passage/find-target.ts";
import type { HttpHandler } from "../../core/http/http-message.ts";
import type { ProjectRuns } from "../../core/project/project-runs.ts";
import { REPLY_TIMEOUT_MS } from "../../http/passage/limits.ts";
import type { PassageTarget } from "../../http/passage/passage-target.ts";
import { PROXY_PREFIX } from "../../http/passage/proxy-path.ts";
import type { Passage } from "../http-exchange.ts";

/** The way to the projects that run, for who may take it: the gate stands before {@link ProjectPassage.handler}. */
export class ProjectPassage implements Passage {
  readonly replyTimeoutMs: number = REPLY_TIMEOUT_MS;
  readonly #addresses: ProjectAddresses;
  readonly #targets = new Map<string, PassageTarget>();

  constructor(runs: Pick<ProjectRuns, "look" | "runStatus">) {
    this.#addresses = {
      projectOf: (tenantId, projectId) => runs.look(tenantId, projectId),
      async addressOf(project) {
        const status = await runs.runStatus(project);
        return status?.state === "running" ? status.address : undefined;
      },
    };
  }

  takes(target: string): boolean {
    return target.startsWith(PROXY_PREFIX);
  }

  targetOf(requestId: string): PassageTarget | undefined {
    const target = this.#targets.get(requestId);
    this.#targets.delete(requestId);
    return target;
  }

  /** Its reply is the answer only where {@link targetOf} knows of no other. */
  readonly handler: HttpHandler = async (request, context) => {
    const found = await findTarget(this.#addresses, request, context);
    if ("reply" in found) return found.reply;
    this.#targets.set(context.requestId, found.target);
    return { status: 200, headers: {}, body: "", log: { operation: `${request.method} ${PROXY_PREFIX}` } };
  };
}
