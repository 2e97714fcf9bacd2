import type { CatalogueTool } from "../catalogue/catalogue.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { ToolReply } from "../toolkit/tool.ts";

/** A `CallToolResult` as it goes on the wire, less the fields that every result has. */
export interface CallToolResult {
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

export function failed(message: string): CallToolResult {
  return { content: [{ type: "text", text: message }], isError: true };
}

/** Puts what a tool answered into the wire's shape; what its `output` schema forbids becomes an error. */
export function toolReply(entry: CatalogueTool, answered: unknown): CallToolResult | Promise<CallToolResult> {
  if (entry.output !== undefined) return structuredReply(entry, answered);
  if (isToolReply(answered)) return wire(answered);
  if (typeof answered === "string") return { content: [{ type: "text", text: answered }] };
  return failed(`The tool ${entry.tool.name} answered with neither a text nor content; this is a fault of the tool.`);
}

export function isToolReply(answered: unknown): answered is ToolReply {
  return isRecord(answered) && Array.isArray(answered.content) && answered.content.every(isBlock);
}

function isBlock(block: unknown): boolean {
  return isRecord(block) && typeof block.type === "string";
}

export function wire({ meta, ...reply }: ToolReply): CallToolResult {
  return meta === undefined ? reply : { ...reply, _meta: meta };
}

/** A value of the output schema may have a field `content` too; a reply is what says that it is one. */
function structuredReply(entry: CatalogueTool, answered: unknown): CallToolResult | Promise<CallToolResult> {
  if (!isToolReply(answered)) return checkStructured(entry, answered, undefined);
  if (answered.isError === true) return wire(answered);
  return "structuredContent" in answered
    ? checkStructured(entry, answered.structuredContent, answered)
    : checkStructured(entry, answered, undefined);
}

/** The structured value also stands as text for clients that read only that (MCP 2026-07-28, tools). */
async function checkStructured(
  entry: CatalogueTool,
  value: unknown,
  reply: ToolReply | undefined,
): Promise<CallToolResult> {
  const checked = await entry.output?.check(value);
  if (checked === undefined || !checked.ok) {
    const why = checked === undefined ? "" : `: ${checked.why}`;
    return failed(
      `The tool ${entry.tool.name} answered with what its output schema forbids${why}; this is a fault of the tool.`,
    );
  }
  if (reply !== undefined) return { ...wire(reply), structuredContent: checked.value };
  return { content: [{ type: "text", text: JSON.stringify(checked.value) }], structuredContent: checked.value };
}
