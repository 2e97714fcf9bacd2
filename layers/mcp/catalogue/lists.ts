import { ok, type Result, refused } from "../../core/result.ts";
import { LIST_PAGE_MAX } from "../limits.ts";
import { invalidParams, isRecord, type RpcError } from "../protocol/json-rpc.ts";
import type { Prompt, Resource, ResourceTemplate } from "../toolkit/tool.ts";
import type { Catalogue, CatalogueTool } from "./catalogue.ts";

export type ListMethod = "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list";

/** One page of a list, as the newest revision shows it. */
export interface ListPage {
  readonly field: "tools" | "prompts" | "resources" | "resourceTemplates";
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly nextCursor?: string;
}

/** Lists pages in the order of the names. A cursor is the last name shown, and holds as long as that is there. */
export interface Lists {
  /** @returns -32602 for a cursor that no page of this list gave. */
  page(method: ListMethod, cursor: unknown): Result<ListPage, RpcError>;
}

export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(FIELDS, method);
}

const FIELDS = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
} as const;

/** Pages are made once each and kept: there are as many as the catalogue is long. */
export function makeLists(catalogue: Catalogue): Lists {
  const names = {
    "tools/list": [...catalogue.tools.keys()],
    "prompts/list": [...catalogue.prompts.keys()],
    "resources/list": [...catalogue.resources.keys()],
    "resources/templates/list": [...catalogue.templates.keys()],
  } satisfies Record<ListMethod, string[]>;
  const pages = new Map<string, ListPage>();
  return {
    page(method, cursor) {
      const from = cursor === undefined ? 0 : startAfter(method, names[method], cursor);
      if (from === undefined) return refused(invalidParams("cursor is not one that this list gave"));
      const key = `${method} ${from}`;
      const page = pages.get(key) ?? makePage(catalogue, method, names[method], from);
      pages.set(key, page);
      return ok(page);
    },
  };
}

/**
 * Makes ready what the first page of tools would wait for: their JSON Schemas, which take most of the time of a first
 * answer.
 *
 * @param turn lets what else the process has begun go on; taken before each tool.
 * @throws ToolkitInvalid as the list does.
 */
export async function prepareTools(catalogue: Catalogue, turn: () => Promise<unknown>): Promise<void> {
  for (const tool of [...catalogue.tools.values()].slice(0, LIST_PAGE_MAX)) {
    await turn();
    showTool(tool);
  }
}

function makePage(catalogue: Catalogue, method: ListMethod, names: readonly string[], from: number): ListPage {
  const shown = names.slice(from, from + LIST_PAGE_MAX);
  const last = from + LIST_PAGE_MAX < names.length ? shown.at(-1) : undefined;
  return {
    field: FIELDS[method],
    entries: shown.map((name) => describe(catalogue, method, name)),
    ...(last === undefined ? {} : { nextCursor: cursorAfter(method, last) }),
  };
}

function cursorAfter(method: ListMethod, name: string): string {
  return Buffer.from(JSON.stringify([method, name])).toString("base64url");
}

function startAfter(method: ListMethod, names: readonly string[], cursor: unknown): number | undefined {
  if (typeof cursor !== "string") return undefined;
  const position = names.findIndex((name) => cursorAfter(method, name) === cursor);
  return position === -1 ? undefined : position + 1;
}

function describe(catalogue: Catalogue, method: ListMethod, name: string): Readonly<Record<string, unknown>> {
  switch (method) {
    case "tools/list":
      return present(catalogue.tools.get(name), showTool);
    case "prompts/list":
      return present(catalogue.prompts.get(name), showPrompt);
    case "resources/list":
      return present(catalogue.resources.get(name), showResource);
    case "resources/templates/list":
      return present(catalogue.templates.get(name)?.template, showTemplate);
  }
}

function present<D>(definition: D | undefined, show: (definition: D) => Readonly<Record<string, unknown>>) {
  return definition === undefined ? {} : show(definition);
}

function showTool({ tool, input, output, paramHeaders: _checked }: CatalogueTool) {
  const { name, title, description, annotations, icons, meta } = tool;
  const inputSchema =
    isRecord(input.json) && input.json.type === "object" ? input.json : { type: "object", ...input.json };
  return { name, title, description, inputSchema, outputSchema: output?.json, annotations, icons, _meta: meta };
}

function showPrompt({ name, title, description, icons, meta, arguments: args }: Prompt) {
  const shown = args?.map(({ complete: _ours, ...argument }) => argument);
  return { name, title, description, arguments: shown, icons, _meta: meta };
}

function showResource({ uri, name, title, description, mimeType, sizeBytes, icons, meta }: Resource) {
  return { uri, name, title, description, mimeType, size: sizeBytes, icons, _meta: meta };
}

function showTemplate({ uriTemplate, name, title, description, mimeType, icons, meta }: ResourceTemplate) {
  return { uriTemplate, name, title, description, mimeType, icons, _meta: meta };
}
