import type { Cache } from "../../core/ports/cache.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Table } from "../../core/ports/table.ts";
import type { Quotas } from "../../core/quota/quotas.ts";
import type { Baker } from "../../core/recipe/baker.ts";
import { RecipeStore } from "../../core/recipe/recipe-store.ts";
import type { Toolkit } from "../../mcp/toolkit/tool.ts";
import type { OperationIndex } from "../operation-index.ts";
import { BakeResults } from "./bake-results.ts";
import { bakeTools } from "./bake-tools.ts";
import { Bakery } from "./bakery.ts";
import { batchTool } from "./batch-tool.ts";
import type { ChefTool } from "./chef-tool.ts";
import { Cookbook } from "./cookbook.ts";
import { curatedOperations } from "./curated-operations.ts";
import { lookupTools } from "./lookup-tools.ts";
import { OperationBook } from "./operation-book.ts";
import { operationTool, toolNameOf } from "./operation-tools.ts";
import { recipeExchangeTools } from "./recipe-exchange-tools.ts";
import { recipeIdOf } from "./recipe-id.ts";
import { recipeRunTools } from "./recipe-run-tools.ts";
import { recipeTools } from "./recipe-tools.ts";
import { standingTools } from "./standing-tools.ts";
import { TenantMeters } from "./tenant-meter.ts";

/**
 * How many tools are listed: `index` those that find, run and keep recipes of all operations; `curated` also the
 * everyday operations as tools of their own; `all` every operation. What can be done is the same in each.
 */
export type Surface = "index" | "curated" | "all";

export interface CyberchefDeps {
  readonly surface: Surface;
  readonly baker: Baker;
  /** Not read before it is needed; `all` needs the names at once. */
  readonly index: OperationIndex;
  readonly table: Table;
  readonly quotas: Quotas;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** The CyberChef tools, under the names and with the answers that clients of CyberChef-MCP know. */
export function cyberchefToolkit(deps: CyberchefDeps): Toolkit {
  const { baker, clock } = deps;
  const meterage = { clock, meters: new TenantMeters() };
  const results = new BakeResults(deps);
  const book = new OperationBook(deps.index);
  const bakery = new Bakery({ baker, clock, results, book });
  const cookbook = new Cookbook({ store: new RecipeStore({ ...deps, recipeIdOf }), book });
  const operationNamed = (name: string) => operationTool({ meterage, bakery, book }, name);

  const named = byName([
    ...bakeTools(meterage, bakery),
    ...lookupTools(meterage, book),
    ...recipeTools(meterage, cookbook),
    ...recipeRunTools(meterage, cookbook, bakery),
    ...recipeExchangeTools(meterage, { cookbook, book }),
    ...standingTools(meterage, { baker, results }),
  ]);
  const operationOf = toolNames(book);
  const batch = batchTool(meterage, (name) => {
    const operation = named.has(name) ? undefined : operationOf(name);
    return operation === undefined ? named.get(name) : operationNamed(operation);
  });
  const operations = listedOperations(deps.surface, book).filter((name) => !named.has(toolNameOf(name)));
  return [...named.values(), batch, ...operations.map(operationNamed)].map(({ tool }) => tool);
}

function byName(tools: readonly ChefTool[]): ReadonlyMap<string, ChefTool> {
  return new Map(tools.map((chefTool) => [chefTool.tool.name, chefTool]));
}

/** An operation that can't run here is no tool. */
function listedOperations(surface: Surface, book: OperationBook): readonly string[] {
  if (surface === "index") return [];
  if (surface === "curated") return curatedOperations;
  return book.operations.filter(({ unsupported }) => unsupported === undefined).map(({ name }) => name);
}

/** Finds the operation that a tool's name stands for. Put together at the first use. */
function toolNames(book: OperationBook): (toolName: string) => string | undefined {
  let names: ReadonlyMap<string, string> | undefined;
  return (toolName) => {
    names ??= new Map(book.operations.map(({ name }) => [toolNameOf(name), name]));
    return names.get(toolName);
  };
}
