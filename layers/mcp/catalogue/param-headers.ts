import { ok, type Result, refused } from "../../core/result.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { JsonSchema } from "../toolkit/schema.ts";

/** An argument that a client repeats in a header, so that what lies in between can route by it. */
export interface ParamHeader {
  /** In lower case, `mcp-param-` and all. */
  readonly header: string;
  /** The chain of property names from the arguments to the value. */
  readonly path: readonly string[];
  readonly type: "string" | "integer" | "boolean";
}

export type ParamHeaderProblem = { readonly reason: "param_header_invalid"; readonly why: string };

/** RFC 9110, section 5.6.2: a field name is a token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A definition nests no deeper than this where annotations are looked for. */
const DEPTH_MAX = 16;

/**
 * Finds the `x-mcp-header` annotations of an input schema
 * (MCP 2026-07-28, Streamable HTTP, "Schema Extension"): only on strings, integers and booleans that are reached from
 * the root through `properties` alone, each name a token and given once whatever its case.
 */
export function paramHeadersOf(schema: JsonSchema): Result<readonly ParamHeader[], ParamHeaderProblem> {
  const found: ParamHeader[] = [];
  const problem = collect(schema, [], found);
  if (problem !== undefined) return refused({ reason: "param_header_invalid", why: problem });
  const names = new Set(found.map(({ header }) => header));
  if (names.size < found.length) return refused({ reason: "param_header_invalid", why: "a header name is used twice" });
  return ok(found);
}

function collect(schema: JsonSchema, path: readonly string[], found: ParamHeader[]): string | undefined {
  if (path.length === 0 && "x-mcp-header" in schema) return "x-mcp-header stands on the whole of the arguments";
  if (path.length > DEPTH_MAX) {
    return mentionsAnnotation(schema, DEPTH_MAX) ? `x-mcp-header nests deeper than ${DEPTH_MAX} properties` : undefined;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties" && isRecord(value)) {
      for (const [name, property] of Object.entries(value)) {
        if (!isRecord(property)) continue;
        const problem = readAnnotation(property, [...path, name], found) ?? collect(property, [...path, name], found);
        if (problem !== undefined) return problem;
      }
    } else if (keyword !== "x-mcp-header" && mentionsAnnotation(value, DEPTH_MAX)) {
      return `x-mcp-header under ${keyword} can't be reached through properties alone`;
    }
  }
  return undefined;
}

function readAnnotation(property: JsonSchema, path: readonly string[], found: ParamHeader[]): string | undefined {
  const name = property["x-mcp-header"];
  if (name === undefined) return undefined;
  if (typeof name !== "string" || !TOKEN.test(name)) return `x-mcp-header of ${path.join(".")} is not a header name`;
  const { type } = property;
  if (type !== "string" && type !== "integer" && type !== "boolean") {
    return `x-mcp-header of ${path.join(".")} stands on a ${String(type)}; string, integer and boolean are allowed`;
  }
  found.push({ header: `mcp-param-${name.toLowerCase()}`, path, type });
  return undefined;
}

function mentionsAnnotation(value: unknown, depth: number): boolean {
  if (depth === 0 || typeof value !== "object" || value === null) return false;
  if (isRecord(value) && "x-mcp-header" in value && typeof value["x-mcp-header"] === "string") return true;
  return Object.values(value).some((inner) => mentionsAnnotation(inner, depth - 1));
}
