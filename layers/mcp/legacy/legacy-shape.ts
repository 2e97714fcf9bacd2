import type { CompiledSchema } from "../catalogue/compiled-schema.ts";
import type { ListPage } from "../catalogue/lists.ts";
import { isRecord, type RpcError } from "../protocol/json-rpc.ts";
import { type LegacyVersion, since } from "../protocol/versions.ts";

import type { JsonSchema } from "../toolkit/schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a legacy client is shown of a call's result: only what its revision knows. */
export function legacyResult(
  version: LegacyVersion,
  method: string,
  result: object,
  output: CompiledSchema | undefined,
): object {
  if (method === "prompts/get" && "messages" in result && Array.isArray(result.messages)) {
    return { ...result, messages: result.messages.map((message) => withContent(version, message)) };
  }
  if (method !== "tools/call" || !("content" in result) || !Array.isArray(result.content)) return result;
  const { structuredContent, ...reply }: Fields = { ...result };
  const content = result.content.map((block) => legacyBlock(version, block));
  if (structuredContent === undefined || !since(version, "2025-06-18")) return { ...reply, content };
  return {
    ...reply,
    content,
    structuredContent: isWrapped(structuredContent, output) ? { result: structuredContent } : structuredContent,
  };
}

/** As the tool's schema was listed, whose client checks the one by the other. */
function isWrapped(structuredContent: unknown, output: CompiledSchema | undefined): boolean {
  return output === undefined ? !isRecord(structuredContent) : !isObjectSchema(output.json);
}

function isObjectSchema(schema: JsonSchema): boolean {
  return schema.type === "object";
}

/** One page of a list, without the fields that came later. */
export function legacyPage(version: LegacyVersion, { field, entries, nextCursor }: ListPage): object {
  return { [field]: entries.map((entry) => legacyEntry(version, entry)), nextCursor };
}

/** 2026-07-28 has one code for what is wrong with the params; before, a missing resource had its own. */
export function legacyError(method: string, error: RpcError): RpcError {
  if (method === "resources/read" && error.code === -32602 && isRecord(error.data) && "uri" in error.data) {
    return { ...error, code: -32002 };
  }
  return error;
}

function legacyEntry(version: LegacyVersion, entry: Fields): Fields {
  const { icons, title, outputSchema, ...rest } = entry;
  return {
    ...rest,
    ...(since(version, "2025-06-18") ? { title, outputSchema: legacyOutputSchema(outputSchema) } : {}),
    ...(since(version, "2025-11-25") ? { icons } : {}),
  };
}

/** Structured content was always an object, so another value is wrapped into one, and its schema likewise. */
function legacyOutputSchema(schema: unknown): unknown {
  if (!isRecord(schema) || isObjectSchema(schema)) return schema;
  const { $defs, $schema, ...value } = schema;
  return { $schema, $defs, type: "object", properties: { result: value }, required: ["result"] };
}

function withContent(version: LegacyVersion, message: unknown): unknown {
  return isRecord(message) ? { ...message, content: legacyBlock(version, message.content) } : message;
}

/** Links to resources came with 2025-06-18. */
function legacyBlock(version: LegacyVersion, block: unknown): unknown {
  if (since(version, "2025-06-18") || !isRecord(block) || block.type !== "resource_link") return block;
  return { type: "text", text: `${String(block.title ?? block.name)}: ${String(block.uri)}` };
}
