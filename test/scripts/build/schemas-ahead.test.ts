import { spawnSync } from "node:child_process";
import process from "node:process";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { makeCatalogue } from "../../../layers/mcp/catalogue/catalogue.ts";
import { makeLists } from "../../../layers/mcp/catalogue/lists.ts";
import { jobsToolkit } from "../../../layers/mcp/task/jobs-toolkit.ts";
import { schemasMadeAhead } from "../../../scripts/build/bundle-plugins.ts";
import { schemasAhead } from "../../../scripts/build/schemas-ahead.ts";
import { chefBench, simpleBaker } from "../../fixtures/chef-parts.ts";
import { people } from "../../fixtures/people-tools.ts";
import { toolJobs } from "../../fixtures/tool-jobs.ts";

const { toolkit: asking } = people();
const { bench } = toolJobs({ toolkit: asking });
const toolkits = [chefBench({ baker: simpleBaker() }).toolkit, asking, jobsToolkit(bench)];

/** As clients see it. */
function listed(ahead = {}): unknown {
  return JSON.parse(JSON.stringify(makeLists(makeCatalogue(toolkits, ahead)).page("tools/list", undefined)));
}

test("tools are listed with what the build has made as they are without it", () => {
  expect(listed(schemasAhead())).toEqual(listed());
});

test("no tool of the list makes a schema any more", () => {
  const names = toolkits.flatMap((toolkit) => toolkit.map(({ name }) => name)).sort();

  expect(Object.keys(schemasAhead()).sort()).toEqual(names);
});

test("the MCP function is bundled with what the build has made", async () => {
  const { outputFiles } = await build({
    entryPoints: ["functions/mcp/schemas-ahead.ts"],
    bundle: true,
    format: "esm",
    footer: { js: "console.log(JSON.stringify(SCHEMAS_AHEAD));" },
    plugins: [schemasMadeAhead],
    write: false,
  });
  const { stdout } = spawnSync(process.execPath, ["--input-type=module"], {
    input: outputFiles[0]?.text,
    encoding: "utf8",
  });

  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(schemasAhead())));
});
