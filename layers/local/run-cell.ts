import process from "node:process";
import { StoreFault } from "../core/ports/store-fault.ts";
import { faultCode } from "../http/fault-reply.ts";
import { banner } from "./banner.ts";
import { type Cell, openCell } from "./cell.ts";
import { EXIT_WRONG_COMMAND } from "./command.ts";
import { DRAIN } from "./limits.ts";
import { type CellOptions, HELP, readOptions } from "./options.ts";
import { SealKeyUnreadable } from "./seal-key.ts";

/** As shells count it. */
const EXIT_CANNOT_START = 1;
const EXIT_CANNOT_END = 1;

/** A first caller is usually there at once, and a core may be all there is. */
const SETTLE_AFTER_MS = 1_000;

/** When a store that does not close is left behind: what it acknowledged is on the disk. */
const END_TIMEOUT_MS = 9_800;

/** From the command line to a cell that serves until a signal ends it. */
export async function runCell(args: readonly string[]): Promise<void> {
  const options = readOptions(args, process.cwd());
  if (!options.ok) return fail(EXIT_WRONG_COMMAND, `${options.problem.messages.join("\n")}\n\n${HELP}`);
  if (options.value === "help") {
    process.stdout.write(HELP);
    return;
  }
  const cell = await startedCell(options.value);
  if (cell === undefined) return;
  endOnSignal(cell);
  // A promise that a tool has forgotten is no reason to end the calls of others.
  process.on("unhandledRejection", cell.report);
  process.stdout.write(
    `${banner({ ...cell, ...options.value, url: cell.url, workingDir: process.cwd() })}ready ${cell.url}\n`,
  );
  setTimeout(() => void settleIn(cell), SETTLE_AFTER_MS).unref();
}

/** What the first call need not wait for. */
async function settleIn(cell: Cell): Promise<void> {
  cell.warm();
  await saveMemory();
}

/**
 * Forgets what the start has left behind, some ten milliseconds' work, and from then on lets the heap grow by half between
 * full collections. Left to itself V8 would let a busy cell grow to three times what it needs before it looks for the first
 * time. Said at the start of the process, it would make the start slower.
 */
async function saveMemory(): Promise<void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
  setFlagsFromString("--heap-growing-percent=50");
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

async function startedCell(options: CellOptions): Promise<Cell | undefined> {
  try {
    const cell = await openCell(options);
    if (cell.ok) return await withFirstTenant(cell.value);
    fail(EXIT_WRONG_COMMAND, `--toolkit ${cell.problem.file}: ${cell.problem.why}\n`);
  } catch (error) {
    const reason = startProblem(error, options);
    if (reason === undefined) throw error;
    fail(EXIT_CANNOT_START, reason);
  }
  return undefined;
}

/** A token that is told opens the cell, also to another process. */
async function withFirstTenant(cell: Cell): Promise<Cell> {
  try {
    await cell.firstTenantStored;
    return cell;
  } catch (error) {
    await cell.drain({ ...DRAIN, noticeMs: 0 });
    throw error;
  }
}

/** What a person can do about it; undefined for what is a fault of ours. */
export function startProblem(error: unknown, { host, port, dataDir }: CellOptions): string | undefined {
  if (error instanceof SealKeyUnreadable) return `${error.message}\n`;
  if (error instanceof StoreFault) {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return `--data ${dataDir} can't be used: ${error.message}${cause}\n`;
  }
  switch (faultCode(error)) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is taken by another process; choose another with --port, or 0 for a free one\n`;
    case "EADDRNOTAVAIL":
      return `--host ${host} is no address of this machine\n`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
    case "EEXIST":
      return `${error instanceof Error ? error.message : ""}; --port and --data take ones that you may use\n`;
    default:
      return undefined;
  }
}

function fail(exitCode: number, text: string): void {
  process.stderr.write(text);
  process.exitCode = exitCode;
}

/** SIGTERM comes from a manager that routes calls and gets a notice; SIGINT from a person who wants it over. */
export function endOnSignal(cell: Pick<Cell, "drain">): void {
  let ending = false;
  const end = (noticeMs: number): void => {
    if (ending) process.exit(EXIT_CANNOT_END);
    ending = true;
    setTimeout(() => process.exit(EXIT_CANNOT_END), END_TIMEOUT_MS).unref();
    cell.drain({ ...DRAIN, noticeMs }).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the cell could not end in good order: ${String(error)}\n`);
        process.exit(EXIT_CANNOT_END);
      },
    );
  };
  process.on("SIGTERM", () => end(DRAIN.noticeMs));
  process.on("SIGINT", () => end(0));
}
