/** `npm start -- --lambda`: the cell as its functions' bundles, each in processes that behave as Lambda's do. */
import process from "node:process";
import { VERSION } from "../../layers/core/version.ts";
import { FunctionNotInitialized } from "../../layers/local/lambda/environment-pool.ts";
import { type CellOptions, HELP, readOptions } from "../../layers/local/options.ts";
import { endOnSignal, startProblem } from "../../layers/local/run-cell.ts";
import { unfitOptions } from "./local-stage.ts";
import { type LambdaCell, openLambdaCell } from "./open-cell.ts";

const EXIT_WRONG_COMMAND = 2;
const EXIT_CANNOT_START = 1;

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.cwd());
  if (!options.ok) return fail(EXIT_WRONG_COMMAND, `${options.problem.messages.join("\n")}\n\n${HELP}`);
  if (options.value === "help") {
    process.stdout.write(HELP);
    return;
  }
  const unfit = unfitOptions(options.value);
  if (unfit.length > 0) return fail(EXIT_WRONG_COMMAND, `${unfit.join("\n")}\n`);
  const cell = await started(options.value);
  if (cell === undefined) return;
  endOnSignal(cell);
  process.stdout.write(`${startText(cell, options.value)}ready ${cell.url}\n`);
}

async function started(options: CellOptions): Promise<LambdaCell | undefined> {
  try {
    return await openLambdaCell(options);
  } catch (error) {
    const reason = error instanceof FunctionNotInitialized ? `${error.message}\n` : startProblem(error, options);
    if (reason === undefined) throw error;
    fail(EXIT_CANNOT_START, reason);
    return undefined;
  }
}

const DOORS = { rest: "a REST API", alb: "a load balancer" } as const;

function startText({ url, accessKey }: LambdaCell, { dataDir, frontDoor }: CellOptions): string {
  return `
skein ${VERSION}, as Lambda functions behind ${DOORS[frontDoor]}

  MCP            ${url}/mcp
  User sessions  ${url}/api/sessions
  Jobs           ${url}/api/jobs
  People         ${url}/people
  WebSocket      ${url.replace(/^http/, "ws")}/ws
  Health         ${url}/health/ready
  Access key     ${accessKey}
  Data           ${dataDir}
  Log            ${dataDir}/log: calls.ndjson, and functions.ndjson with what the functions print

  Connect
    Claude Code  claude mcp add --transport http skein ${url}/mcp --header "Authorization: Bearer ${accessKey}"

`;
}

function fail(exitCode: number, text: string): void {
  process.stderr.write(text);
  process.exitCode = exitCode;
}

await run();
