import type { Params } from "../protocol/json-rpc.ts";
import type { Catalogue, CatalogueTool } from "./catalogue.ts";

/** The tool that a message calls; undefined of what calls none, such as a name that is no text. */
export function calledTool(
  { tools }: Catalogue,
  { method, params }: { readonly method: unknown; readonly params: Params },
): CatalogueTool | undefined {
  return method === "tools/call" && typeof params.name === "string" ? tools.get(params.name) : undefined;
}
