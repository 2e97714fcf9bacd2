import { projectsHandler } from "../../../functions/projects/handler.ts";
import type { CallContext, HttpReply, HttpRequest } from "../../../layers/core/http/http-message.ts";
import { nowEpochSeconds } from "../../../layers/core/ports/clock.ts";
import type { Role } from "../../../layers/core/tenant/role.ts";
import { type HostBench, hostBench } from "../../fixtures/host-parts.ts";
import { policyOf, principalOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";

export interface Told {
  readonly status: number;
  readonly reply: HttpReply;
  /** Undefined where the reply is none. */
  readonly json: unknown;
}

export interface SurfaceAsked {
  readonly json?: unknown;
  readonly text?: string;
  readonly role?: Role;
  readonly toolkits?: CallContext["policy"]["toolkits"];
  readonly tenant?: string;
  readonly signal?: AbortSignal;
}

/** The plain HTTP surface over a runner that does what a test says, asked as tenant `acme` where nothing else is said. */
export interface SurfaceBench extends HostBench {
  readonly faults: readonly unknown[];
  ask(method: string, path: string, asked?: SurfaceAsked): Promise<Told>;
}

export async function surfaceBench({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<SurfaceBench> {
  const bench = await hostBench();
  const faults: unknown[] = [];
  const closing = new AbortController().signal;
  const report = (fault: unknown): void => void faults.push(fault);
  const { parts, tools } = bench;
  const handler = projectsHandler({ ...parts, tools, closing, report, ...(timeoutMs !== undefined && { timeoutMs }) });
  return {
    ...bench,
    faults,
    async ask(method, path, asked = {}) {
      const [pathOnly = "", query = ""] = path.split("?");
      const text = asked.text ?? (asked.json === undefined ? "" : JSON.stringify(asked.json));
      const request: HttpRequest = {
        ...{ method, path: pathOnly, query, headers: {}, remoteAddress: "127.0.0.1", tls: false },
        body: new TextEncoder().encode(text),
      };
      const reply = await handler(request, contextOf(bench, asked));
      return { status: reply.status, reply, json: typeof reply.body === "string" ? JSON.parse(reply.body) : undefined };
    },
  };
}

function contextOf({ world }: HostBench, asked: SurfaceAsked): CallContext {
  const tenantId = tenant(asked.tenant ?? "acme");
  return {
    principal: principalOf({ tenantId, role: asked.role ?? "owner" }),
    policy: policyOf(tenantId, { toolkits: asked.toolkits ?? "all" }),
    requestId: "request-1",
    deadlineEpochMs: (nowEpochSeconds(world.clock) + 300) * 1_000,
    signal: asked.signal ?? new AbortController().signal,
  };
}
