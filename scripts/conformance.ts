/** Holds the server against the official conformance suite, as it runs in production: several processes, no affinity. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";
import { startLambdaCell } from "../test/conformance/lambda-cell.ts";
import { allChecks, describeRun, isClean, lastLine, tallyOf } from "../test/conformance/suite-report.ts";
import { runSuite, type SuiteOrder } from "../test/conformance/suite-run.ts";
import { startFleet } from "../test/fixtures/fleet.ts";

const HELP = `npm run conformance [-- --lambda] [--scenario NAME [--spec-version REVISION]]

Starts three servers on one data folder behind a proxy without affinity, and runs the suite of
@modelcontextprotocol/conformance against them: what each revision requires, and all it has for each revision.
The last line says how many checks passed, failed and warned. Exit code 0 only where none failed or warned.

  --lambda                  run the functions' bundles instead, as Lambda does, three processes each
  --scenario NAME           run one scenario, and print all that the suite prints of it
  --spec-version REVISION   with --scenario: 2026-07-28, 2025-11-25, 2025-06-18 or 2025-03-26
  --help                    print this
`;

const REVISIONS = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];
const REQUIRED_OF = ["2026-07-28", "2025-11-25"];

const WHOLE_SUITE: readonly SuiteOrder[] = [
  ...REQUIRED_OF.map((revision) => ({ title: `required by ${revision}`, args: ["--requirements", revision] })),
  ...REVISIONS.map((revision) => ({
    title: `all for ${revision}`,
    args: ["--suite", "all", "--spec-version", revision],
  })),
];

interface Options {
  readonly help: boolean;
  readonly orders: readonly SuiteOrder[];
  readonly verbose: boolean;
  readonly asLambda: boolean;
}

/** The options, or what is wrong with them. */
function readOptions(): Options | string {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      options: {
        help: { type: "boolean", default: false },
        lambda: { type: "boolean", default: false },
        scenario: { type: "string" },
        "spec-version": { type: "string" },
      },
    });
    const { help, lambda: asLambda, scenario, "spec-version": revision } = values;
    if (revision !== undefined && !REVISIONS.includes(revision)) {
      return `--spec-version ${revision} is unknown; it is one of ${REVISIONS.join(", ")}`;
    }
    if (scenario === undefined) {
      return revision === undefined
        ? { help, orders: WHOLE_SUITE, verbose: false, asLambda }
        : "--spec-version goes with --scenario";
    }
    const args = ["--scenario", scenario, "--verbose", ...(revision === undefined ? [] : ["--spec-version", revision])];
    return { help, orders: [{ title: scenario, args }], verbose: true, asLambda };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message; // of an option that parseArgs does not know
  }
}

async function conformance({ orders, verbose, asLambda }: Options): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "skein-conformance-"));
  const server = asLambda ? await startLambdaCell() : await startFleet();
  try {
    const runs = [];
    for (const [index, order] of orders.entries()) {
      const run = await runSuite(order, new URL("/mcp", server.url).href, join(folder, String(index)));
      stdout.write(`${verbose ? `${run.output}\n` : ""}${describeRun(run)}\n\n`);
      runs.push(run);
    }
    const tally = tallyOf(allChecks(runs));
    stdout.write(`${lastLine(tally)}\n`);
    return isClean(tally);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const options = readOptions();
if (typeof options === "string") {
  stderr.write(`${options}\n\n${HELP}`);
  process.exitCode = 2;
} else if (options.help) {
  stdout.write(HELP);
} else if (!(await conformance(options))) {
  process.exitCode = 1;
}
