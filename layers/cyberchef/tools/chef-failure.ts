import { text } from "../../mcp/toolkit/content.ts";
import type { ToolReply } from "../../mcp/toolkit/tool.ts";

/** Those of CyberChef-MCP's codes that can occur here. */
type ChefCode =
  | "INVALID_INPUT"
  | "MISSING_ARGUMENT"
  | "OPERATION_FAILED"
  | "TIMEOUT"
  | "OUT_OF_MEMORY"
  | "UNSUPPORTED_OPERATION";

/** Why a tool has no result, told so that a model can mend the call. */
export interface ChefFailure {
  readonly code: ChefCode;
  readonly message: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly suggestions?: readonly string[];
}

const CONTEXT_CHARACTERS_MAX = 300;

/** The form that clients of CyberChef-MCP read: code, message, context, suggestions and time, in one text. */
export function failureReply(failure: ChefFailure, atEpochMs: number): ToolReply {
  return { isError: true, content: [text(failureText(failure, atEpochMs))] };
}

export function failureText({ code, message, context, suggestions }: ChefFailure, atEpochMs: number): string {
  const parts = [`Error [${code}]: ${message}`];
  const shown = Object.entries(context ?? {}).map(([name, value]) => `  - ${name}: ${shorten(JSON.stringify(value))}`);
  if (shown.length > 0) parts.push(["Context:", ...shown].join("\n"));
  const advice = (suggestions ?? []).map((suggestion, index) => `  ${index + 1}. ${suggestion}`);
  if (advice.length > 0) parts.push(["Suggestions:", ...advice].join("\n"));
  parts.push(`Timestamp: ${new Date(atEpochMs).toISOString()}`);
  return parts.join("\n\n");
}

function shorten(json: string): string {
  return json.length <= CONTEXT_CHARACTERS_MAX ? json : `${json.slice(0, CONTEXT_CHARACTERS_MAX)}…`;
}

/** An input that is refused as it stands. */
export function invalidInput(message: string, context?: Readonly<Record<string, unknown>>): ChefFailure {
  return context === undefined ? { code: "INVALID_INPUT", message } : { code: "INVALID_INPUT", message, context };
}
