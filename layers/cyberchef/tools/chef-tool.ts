import type * as z from "zod";
import type { TenantLimits } from "../../core/quota/tenant-limits.ts";
import { type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { type CallScope, defineTool, type Tool, type ToolAnnotations, type ToolReply } from "../../mcp/toolkit/tool.ts";
import { type ChefFailure, failureReply, invalidInput } from "./chef-failure.ts";
import { type Meterage, meteredCall } from "./metered-call.ts";

/** What a tool knows of its call, be it a caller's own or one of a batch. */
export interface ChefCall {
  readonly tenantId: TenantId;
  readonly limits: TenantLimits;
  /** The same each time this call is run again, and no other call's. */
  readonly callId: string;
  readonly deadlineEpochMs: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
  /** Summed up by what the call does, for the tenant's meter. */
  readonly tally: CallTally;
}

export interface CallTally {
  inputBytes: number;
  /** Bakes asked for, and those of them whose result was kept from before. */
  bakes: number;
  cachedBakes: number;
  /** Bakes given to a worker, and how long they took, their waits for it among that. */
  freshBakes: number;
  bakeMs: number;
}

export function emptyTally(): CallTally {
  return { inputBytes: 0, bakes: 0, cachedBakes: 0, freshBakes: 0, bakeMs: 0 };
}

/** A text, or why there is none. */
export type Answer = Result<string, ChefFailure>;

/** A tool of the toolkit: as clients call it, and as a batch does. */
export interface ChefTool {
  readonly tool: Tool;
  /** `none` for a tool that looks on or has others do its work; else it takes one of the tenant's places. */
  readonly places?: "none";
  /** Runs with arguments that no schema has read yet. Neither metered nor given a place: that is the caller's to do. */
  answer(args: unknown, call: ChefCall): Promise<Answer>;
}

export interface ChefToolDefinition<Args> {
  /** With the prefix `cyberchef_`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly rerunnable?: boolean;
  /** Made at the first use, since a process that is never asked should start without the cost of all schemas. */
  readonly input: () => z.ZodType<Args>;
  readonly places?: "none";
  readonly run: (args: Args, call: ChefCall) => Promise<Answer>;
}

/** Declares a tool whose arguments a zod schema reads. */
export function chefTool<Args>(meterage: Meterage, definition: ChefToolDefinition<Args>): ChefTool {
  const { input: makeInput, places, run, ...described } = definition;
  let made: z.ZodType<Args> | undefined;
  const input = () => {
    made ??= makeInput();
    return made;
  };
  return {
    ...(places === undefined ? {} : { places }),
    tool: defineTool({
      ...described,
      input,
      run: (args, scope) => reply(meterage, { name: described.name, places }, scope, (call) => run(args, call)),
    }),
    async answer(raw, call) {
      const read = input().safeParse(raw);
      return read.success ? run(read.data, call) : refused(argumentsRefused(described.name, read.error));
    },
  };
}

/** Runs a caller's own call in one of the tenant's places, and puts what it answered into the form clients know. */
export async function reply(
  meterage: Meterage,
  tool: { readonly name: string; readonly places?: "none" | undefined },
  scope: CallScope,
  run: (call: ChefCall) => Promise<Answer>,
): Promise<string | ToolReply> {
  const { tenantId, limits, callId, deadlineEpochMs, signal } = scope;
  const progress = (done: number, total: number) => scope.progress(done, total);
  const call = { tenantId, limits, callId, deadlineEpochMs, signal, progress, tally: emptyTally() };
  const entry = tool.places === "none" ? "free" : "at_once";
  const answer = await meteredCall(meterage, { tool: tool.name, entry, call }, () => run(call));
  return answer.ok ? answer.value : failureReply(answer.problem, meterage.clock.nowMs());
}

function argumentsRefused(tool: string, error: z.ZodError): ChefFailure {
  const flaws = error.issues.map(({ path, message }) => `${path.length === 0 ? tool : path.join(".")}: ${message}`);
  return invalidInput(`Invalid arguments for ${tool}: ${flaws.join("; ")}`, { tool });
}
