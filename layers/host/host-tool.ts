import type * as z from "zod";
import { type Result, refused } from "../core/result.ts";
import { text } from "../mcp/toolkit/content.ts";
import { type CallScope, defineTool, type Tool, type ToolAnnotations, type ToolReply } from "../mcp/toolkit/tool.ts";
import type { HostCaller } from "./audited-change.ts";
import { type HostFailure, invalidParams } from "./host-failure.ts";

/** What a tool knows of its call, whichever way it came. */
export type HostCall = Pick<CallScope, "tenantId" | "limits" | "deadlineEpochMs" | "signal"> & HostCaller;

/** What is told, as an object with `success`, or why it is not done. */
export type HostAnswer = Result<Readonly<Record<string, unknown>>, HostFailure>;

/** A tool of the toolkit: for clients of MCP, and for those of the plain HTTP of the MCP Debug Host. */
export interface HostTool {
  readonly name: string;
  readonly tool: Tool;
  /** Whether it only looks. */
  readonly isReading: boolean;
  /** Runs with arguments that no schema has read yet. */
  answer(args: unknown, call: HostCall): Promise<HostAnswer>;
}

interface HostToolDefinition<Args> {
  /** With the prefix `host.`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** Made at the first use. */
  readonly input: () => z.ZodType<Args>;
  readonly run: (args: Args, call: HostCall) => Promise<HostAnswer>;
}

export function hostTool<Args>(definition: HostToolDefinition<Args>): HostTool {
  const { input: makeInput, run, ...described } = definition;
  let made: z.ZodType<Args> | undefined;
  const input = () => {
    made ??= makeInput();
    return made;
  };
  return {
    name: described.name,
    isReading: described.annotations.readOnlyHint === true,
    tool: defineTool({ ...described, input, run: async (args, scope) => replyOf(await run(args, scope)) }),
    async answer(raw, call) {
      const read = input().safeParse(raw);
      return read.success ? run(read.data, call) : refused(argumentsRefused(described.name, read.error));
    },
  };
}

/** As JSON, structured and as text; a failure as a program gets it over HTTP too. */
function replyOf(answer: HostAnswer): ToolReply {
  const structuredContent = answer.ok ? answer.value : { success: false, error: answer.problem };
  const content = [text(JSON.stringify(structuredContent, undefined, 2))];
  return answer.ok ? { content, structuredContent } : { content, structuredContent, isError: true };
}

function argumentsRefused(tool: string, error: z.ZodError): HostFailure {
  const flaws = error.issues.map(({ path, message }) => `${path.length === 0 ? tool : path.join(".")}: ${message}`);
  const told = flaws.slice(0, FLAWS_TOLD_MAX);
  return invalidParams(`Invalid arguments for ${tool}: ${told.join("; ")}`, { tool, flaws: flaws.length });
}

const FLAWS_TOLD_MAX = 20;
