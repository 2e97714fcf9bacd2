import type { Table } from "../../layers/core/ports/table.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { operationIndex } from "../../layers/cyberchef/operation-index.ts";
import { cyberchefToolkit } from "../../layers/cyberchef/tools/cyberchef-toolkit.ts";
import { makeCatalogue, type SchemasAhead } from "../../layers/mcp/catalogue/catalogue.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";

/** What clients are shown of those tools of the MCP function whose arguments zod reads, and that every deployment has. */
export function schemasAhead(): SchemasAhead {
  const { tools } = makeCatalogue([toolsOnNothing()]);
  const made = [...tools.values()].filter(({ tool }) => typeof tool.input === "function");
  return Object.fromEntries(
    made.map(({ tool, input, output }) => [
      tool.name,
      { input: input.json, ...(output !== undefined && { output: output.json }) },
    ]),
  );
}

/** The tools without what they work with: their schemas ask for none of it. */
function toolsOnNothing() {
  const [clock, chance] = [systemClock(), systemChance()];
  const table: Table = { get: unasked, put: unasked, update: unasked, delete: unasked, query: unasked };
  return cyberchefToolkit({
    surface: "index",
    baker: { bake: unasked, stats: unasked, close: unasked },
    index: operationIndex("nowhere"),
    quotas: new Quotas({ table, clock }),
    cache: { get: unasked, set: unasked, delete: unasked },
    ...{ table, clock, chance },
  });
}

function unasked(): never {
  throw new TypeError("a schema asks no store");
}
