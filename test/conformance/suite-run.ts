import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { z } from "zod";

const Check = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  status: z.enum(["SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"]),
  errorMessage: z.string().optional(),
});
export type Check = z.infer<typeof Check>;

export interface ScenarioOutcome {
  readonly scenario: string;
  readonly checks: readonly Check[];
}

export interface SuiteRun {
  readonly title: string;
  readonly scenarios: readonly ScenarioOutcome[];
  /** All that the suite printed. */
  readonly output: string;
}

export interface SuiteOrder {
  readonly title: string;
  /** As after `conformance server --url …`. */
  readonly args: readonly string[];
}

/** The longest that one whole run may take. A run over three local processes takes well under a tenth of it. */
const RUN_TIMEOUT_MS = 300_000;
const SUITE = join(import.meta.dirname, "../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** Extensions that this server does not offer: their scenarios run unscored, and tell nothing of it. */
const NOT_OFFERED = /^sep-2640-/;

/**
 * Runs the conformance suite against a server and reads what each scenario recorded.
 *
 * A scenario that left no record, and a suite that ended badly without one failed check, count as failures,
 * so that silence never passes.
 *
 * @param resultsDir empty, and of this run alone.
 */
export async function runSuite(order: SuiteOrder, url: string, resultsDir: string): Promise<SuiteRun> {
  const { output, exitCode } = await suiteProcess(["--url", url, "-o", resultsDir, ...order.args]);
  const started = [...output.matchAll(/^=== Running scenario: (\S+) ===$/gm)].flatMap(([, name]) => name ?? []);
  const named = started.length > 0 ? started : scenarioNamed(order.args);
  const scenarios = named
    .filter((scenario) => !NOT_OFFERED.test(scenario))
    .map((scenario) => ({ scenario, checks: recordedChecks(resultsDir, scenario) }));
  const failed = scenarios.some(({ checks }) => checks.some((check) => check.status === "FAILURE"));
  if (scenarios.length === 0 || (exitCode !== 0 && !failed)) {
    scenarios.push({ scenario: "(the suite)", checks: [lost(`ended with ${exitCode}: ${output.slice(-2_000)}`)] });
  }
  return { title: order.title, scenarios, output };
}

function scenarioNamed(args: readonly string[]): string[] {
  const name = args[args.indexOf("--scenario") + 1];
  return args.includes("--scenario") && name !== undefined ? [name] : [];
}

function recordedChecks(resultsDir: string, scenario: string): Check[] {
  const records = globSync(join(resultsDir, `server-${scenario}-*`, "checks.json")).filter((path) =>
    // A longer scenario name may begin with this one; what follows this one's is a time.
    /^\d/.test(path.slice(join(resultsDir, `server-${scenario}-`).length)),
  );
  const checks = records.flatMap((path) => z.array(Check).parse(JSON.parse(readFileSync(path, "utf8"))));
  return checks.length > 0 ? checks : [lost("recorded no checks")];
}

const lost = (errorMessage: string): Check => ({ id: "record", name: "Record", status: "FAILURE", errorMessage });

async function suiteProcess(args: readonly string[]): Promise<{ output: string; exitCode: number | null }> {
  const child = spawn(execPath, [SUITE, "server", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_TIMEOUT_MS,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (output += part));
  const [exitCode] = await once(child, "close");
  return { output, exitCode };
}
