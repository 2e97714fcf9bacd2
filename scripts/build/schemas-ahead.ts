import type { Table } from "../../layers/core/ports/table.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { operationIndex } from "../../layers/cyberchef/operation-index.ts";
import { cyberchefToolkit } from "../../layers/cyberchef/tools/cyberchef-toolkit.ts";
import { makeCatalogue, type SchemasAhead } from "../../layers/mcp/catalogue/catalogue.ts";
import { jobsToolkit } from "../../layers/mcp/task/jobs-toolkit.ts";
import type { Toolkit } from "../../layers/mcp/toolkit/tool.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { peopleToolkit } from "../../layers/people/people-toolkit.ts";

/** What clients are shown of those tools of the MCP function whose arguments zod reads, and that every deployment has. */
export function schemasAhead(): SchemasAhead {
  const { tools } = makeCatalogue(toolkitsOnNothing());
  const made = [...tools.values()].filter(({ tool }) => typeof tool.input === "function");
  return Object.fromEntries(
    made.map(({ tool, input, output }) => [
      tool.name,
      { input: input.json, ...(output !== undefined && { output: output.json }) },
    ]),
  );
}

/** The tools without what they work with: their schemas ask for none of it. */
function toolkitsOnNothing(): readonly Toolkit[] {
  const [clock, chance] = [systemClock(), systemChance()];
  const table: Table = { get: unasked, put: unasked, update: unasked, delete: unasked, query: unasked };
  const jobs = { get: unasked, answer: unasked, changeOf: unasked, cancel: unasked, resultOf: unasked };
  const chef = cyberchefToolkit({
    surface: "index",
    baker: { bake: unasked, stats: unasked, close: unasked },
    index: operationIndex("nowhere"),
    quotas: new Quotas({ table, clock }),
    cache: { get: unasked, set: unasked, delete: unasked },
    ...{ table, clock, chance },
  });
  return [chef, peopleToolkit(unasked), jobsToolkit({ jobs, clock })];
}

function unasked(): never {
  throw new TypeError("a schema asks no store");
}
