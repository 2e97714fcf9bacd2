import type { JsonSchema, ToolSchema } from "../toolkit/schema.ts";
import type { Definition, Prompt, Resource, ResourceTemplate, Tool, Toolkit } from "../toolkit/tool.ts";
import { type CompiledSchema, compileSchema, SchemaDialectUnknown } from "./compiled-schema.ts";
import { type ParamHeader, paramHeadersOf } from "./param-headers.ts";
import { parseUriTemplate, type UriTemplate, UriTemplateInvalid } from "./uri-template.ts";

export interface CatalogueTool {
  readonly tool: Tool;
  readonly input: CompiledSchema;
  readonly output: CompiledSchema | undefined;
  /** Worked out at the first use. A definition that breaks the rules throws {@link ToolkitInvalid}. */
  readonly paramHeaders: readonly ParamHeader[];
  readonly rerunnable: boolean;
}

export interface CatalogueTemplate {
  readonly template: ResourceTemplate;
  readonly uri: UriTemplate;
}

/** All that a server offers, compiled once and shared by all calls; a call's cost does not depend on its size. */
export interface Catalogue {
  /** Each in the order of the names, so that lists are the same in every process. */
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly templates: ReadonlyMap<string, CatalogueTemplate>;
  readonly prompts: ReadonlyMap<string, Prompt>;
}

/** What clients are shown of the zod schemas of tools, by their names, where a build has made it of the same sources. */
export type SchemasAhead = Readonly<Record<string, { readonly input?: JsonSchema; readonly output?: JsonSchema }>>;

export class ToolkitInvalid extends Error {
  readonly code = "toolkit_invalid";
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = "ToolkitInvalid";
  }
}

/** MCP 2025-11-25, tools, "Tool Names": 1 to 128 letters, digits, `_`, `-`, `.`. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** @throws ToolkitInvalid where a name, a uri template or the dialect of a schema is wrong, or a name is given twice. */
export function makeCatalogue(toolkits: readonly Toolkit[], ahead: SchemasAhead = {}): Catalogue {
  const definitions = toolkits.flat();
  return {
    tools: named(definitions.filter(isTool), toolName, (tool) => compileTool(tool, ahead[tool.name])),
    resources: named(
      definitions.filter(isResource),
      ({ uri }) => uri,
      (resource) => resource,
    ),
    templates: named(definitions.filter(isTemplate), ({ uriTemplate }) => uriTemplate, compileTemplate),
    prompts: named(
      definitions.filter(isPrompt),
      ({ name }) => name,
      (prompt) => prompt,
    ),
  };
}

/** What is left of a catalogue when only some of its definitions are offered. */
export function narrowCatalogue(catalogue: Catalogue, offered: ReadonlySet<Definition>): Catalogue {
  return {
    tools: kept(catalogue.tools, ({ tool }) => offered.has(tool)),
    resources: kept(catalogue.resources, (resource) => offered.has(resource)),
    templates: kept(catalogue.templates, ({ template }) => offered.has(template)),
    prompts: kept(catalogue.prompts, (prompt) => offered.has(prompt)),
  };
}

function kept<C>(entries: ReadonlyMap<string, C>, isKept: (entry: C) => boolean): ReadonlyMap<string, C> {
  return new Map([...entries].filter(([, entry]) => isKept(entry)));
}

/** The resource or the template that a uri names. */
export function findTemplate(
  catalogue: Catalogue,
  uri: string,
): { readonly template: ResourceTemplate; readonly variables: Readonly<Record<string, string>> } | undefined {
  for (const { template, uri: pattern } of catalogue.templates.values()) {
    const variables = pattern.match(uri);
    if (variables !== undefined) return { template, variables };
  }
  return undefined;
}

function named<D extends Definition, C>(
  definitions: readonly D[],
  nameOf: (definition: D) => string,
  compile: (definition: D) => C,
): ReadonlyMap<string, C> {
  const entries = definitions.map((definition) => [nameOf(definition), definition] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const compiled = new Map<string, C>();
  for (const [name, definition] of entries) {
    if (compiled.has(name)) throw new ToolkitInvalid(`two definitions of a ${definition.kind} are named ${name}`);
    compiled.set(name, compile(definition));
  }
  return compiled;
}

function toolName({ name }: Tool): string {
  if (TOOL_NAME.test(name)) return name;
  throw new ToolkitInvalid(`tool name ${JSON.stringify(name)} is not 1 to 128 letters, digits, "_", "-" and "."`);
}

function compileTool(tool: Tool, ahead: SchemasAhead[string] = {}): CatalogueTool {
  let headers: readonly ParamHeader[] | undefined;
  const compile = (schema: ToolSchema, direction: "input" | "output") =>
    orInvalid(`tool ${tool.name}`, () => compileSchema(schema, direction, ahead[direction]));
  const input = compile(tool.input, "input");
  const { readOnlyHint = false, idempotentHint = false } = tool.annotations ?? {};
  return {
    tool,
    input,
    output: tool.output === undefined ? undefined : compile(tool.output, "output"),
    get paramHeaders() {
      headers ??= readParamHeaders(tool, input);
      return headers;
    },
    rerunnable: tool.rerunnable ?? (readOnlyHint || idempotentHint || tool.mode === "job"),
  };
}

function readParamHeaders(tool: Tool, input: CompiledSchema): readonly ParamHeader[] {
  const headers = paramHeadersOf(input.json);
  if (!headers.ok) throw new ToolkitInvalid(`tool ${tool.name}: ${headers.problem.why}`);
  return headers.value;
}

function compileTemplate(template: ResourceTemplate): CatalogueTemplate {
  return {
    template,
    uri: orInvalid(`resource template ${template.name}`, () => parseUriTemplate(template.uriTemplate)),
  };
}

function orInvalid<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof UriTemplateInvalid || cause instanceof SchemaDialectUnknown) {
      throw new ToolkitInvalid(`${what}: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

const isTool = (definition: Definition): definition is Tool => definition.kind === "tool";
const isResource = (definition: Definition): definition is Resource => definition.kind === "resource";
const isPrompt = (definition: Definition): definition is Prompt => definition.kind === "prompt";
const isTemplate = (definition: Definition): definition is ResourceTemplate => definition.kind === "resource_template";
