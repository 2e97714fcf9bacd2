import type { CallContext, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { type Result, refused } from "../../layers/core/result.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { HostCaller } from "../../layers/host/audited-change.ts";
import type { HostCall, HostTool } from "../../layers/host/host-tool.ts";
import { forbiddenReply } from "../../layers/http/forbidden-reply.ts";
import type { SurfaceFailure } from "./host-reply.ts";

export type ToolOutcome = Result<Readonly<Record<string, unknown>>, SurfaceFailure>;

/** A request, and who makes it. */
export interface Asking {
  readonly request: HttpRequest;
  readonly context: CallContext;
}

/** Who changes something, and from where. */
export function callerOf({ request, context }: Asking): Required<HostCaller> {
  const { principal, requestId } = context;
  return { principal, door: { remoteAddress: request.remoteAddress, requestId } };
}

/** Calls tools for callers of plain HTTP, by the same rights and within the same time as over MCP. */
export class ToolCalls {
  readonly #tools: ReadonlyMap<string, HostTool>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor({
    tools,
    clock,
    timeoutMs,
  }: { readonly tools: readonly HostTool[]; readonly clock: Clock; readonly timeoutMs: number }) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  has(name: string): boolean {
    return this.#tools.has(name);
  }

  /** A reply for who has no right to the tool; undefined for who has, and where there is no such tool. */
  forbidden(name: string, { principal, requestId }: CallContext): HttpReply | undefined {
    const tool = this.#tools.get(name);
    if (tool === undefined) return undefined;
    const right = mayAct(principal, tool.isReading ? "mcp.read" : "mcp.call");
    return right.ok ? undefined : forbiddenReply(right.problem, principal, requestId);
  }

  async call(name: string, args: unknown, asking: Asking): Promise<ToolOutcome> {
    const tool = this.#tools.get(name);
    if (tool === undefined) {
      return refused({
        code: "TOOL_NOT_FOUND",
        message: `There is no tool ${name}`,
        details: { tools: [...this.#tools.keys()] },
      });
    }
    const { context } = asking;
    const over = new AbortController();
    const leftMs = Math.max(0, Math.min(this.#timeoutMs, context.deadlineEpochMs - this.#clock.nowMs()));
    const call: HostCall = {
      ...callerOf(asking),
      tenantId: context.principal.tenantId,
      limits: context.policy.limits,
      deadlineEpochMs: this.#clock.nowMs() + leftMs,
      signal: AbortSignal.any([context.signal, over.signal]),
    };
    const ended = new AbortController();
    const timeout = this.#clock.sleep(leftMs, ended.signal).then((): ToolOutcome => {
      over.abort();
      return refused({
        code: "TIMEOUT",
        message: `${name} took longer than ${leftMs} ms; whether it took effect is unknown`,
      });
    });
    try {
      return await Promise.race([tool.answer(args, call), timeout]);
    } finally {
      ended.abort();
    }
  }
}
