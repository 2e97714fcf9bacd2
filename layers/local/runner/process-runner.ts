import type { LogStore } from "../../core/log/log-store.ts";
import type { Clock } from "../../core/ports/clock.ts";
import {
  LOOK_COUNT_MAX,
  ORDER_BYTES_MAX,
  type OutputPage,
  type PortState,
  type Runner,
  RunnerFault,
  type RunOrder,
  type RunRef,
  type RunStatus,
  type StartProblem,
} from "../../core/ports/runner.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { fileLogs } from "../log/file-logs.ts";
import { OUTPUT_POLL_MS } from "./limits.ts";
import { readOutput } from "./output-log.ts";
import { isPortFree, isReserved } from "./port-probe.ts";
import { checkEnvironment } from "./run-environment.ts";
import { statusOf } from "./run-record.ts";
import type { RunnerSettings } from "./run-runner.ts";
import { openRunReader, type RunReader } from "./run-store.ts";
import { projectLogsFolder, runnerFolder } from "./runner-folder.ts";
import { RunnerLink } from "./runner-link.ts";
import { parseLooked, parseStarted, parseStopped } from "./runner-messages.ts";
import { folderInWorkspace, makeOwnWorkspace, type WorkspacePlaces } from "./workspace-roots.ts";

export interface ProcessRunnerOptions extends WorkspacePlaces {
  readonly clock: Clock;
  /** @default "all" */
  readonly means?: RunnerSettings["means"];
  readonly idleEndMs?: number;
  /** Told of what goes wrong while nobody asks. */
  readonly report: (fault: unknown) => void;
}

/** Its projects go on when it is closed. */
export interface ProcessRunner extends Runner {
  close(): void;
}

/**
 * Runs projects as processes of this machine, under a process of their own that outlives the cell. They are bounded and
 * watched, and they are not jailed: a program reads, writes and reaches what the user can whose cell it is. For one's own
 * machine and for programs that one would start there by hand.
 *
 * Where runs of an earlier cell have not ended, their runner is looked for at once, and started where it is gone.
 */
export async function processRunner(options: ProcessRunnerOptions): Promise<ProcessRunner> {
  const folder = runnerFolder(options.dataDir);
  const reader = openRunReader(folder.runs);
  const { clock, means = "all", idleEndMs, report } = options;
  const settings = { means, ...(idleEndMs !== undefined && { idleEndMs }) };
  const watchOver = (): void => {
    if (reader.open().length > 0) link.open().catch(report);
  };
  const link: RunnerLink = new RunnerLink({ folder, clock, settings, onLost: watchOver });
  watchOver();
  let isClosed = false;
  const logs = fileLogs({ folder: projectLogsFolder(folder.dataDir), clock });
  const parts: Parts = { places: options, reader, logs, link, clock };
  return {
    start: (tenantId, order) => start(parts, tenantId, order),
    async stop(tenantId, { runId }, { force = false } = {}) {
      return read("stop", parseStopped(await link.ask({ kind: "stop", tenantId, runId, force })));
    },
    look: (tenantId, runs) => look(parts, tenantId, runs),
    output: (tenantId, run, asked) => output(parts, tenantId, { ...asked, runId: run.runId }),
    portState: (tenantId, port) => portState(parts, tenantId, port),
    close() {
      if (isClosed) return;
      isClosed = true;
      link.close();
      reader.close();
    },
  };
}

interface Parts {
  readonly places: WorkspacePlaces;
  readonly reader: RunReader;
  readonly logs: LogStore;
  readonly link: RunnerLink;
  readonly clock: Clock;
}

async function start(parts: Parts, tenantId: TenantId, order: RunOrder): Promise<Result<RunStatus, StartProblem>> {
  const { places, reader, link } = parts;
  if (reader.get(tenantId, order.runId) !== undefined) {
    const [known] = await look(parts, tenantId, [order]);
    if (known !== undefined) return ok(known);
  }
  const bytes = Buffer.byteLength(JSON.stringify([order.command, order.environment]));
  if (bytes > ORDER_BYTES_MAX) return refused({ reason: "order_too_large", bytes, bytesMax: ORDER_BYTES_MAX });
  const environment = checkEnvironment(order.environment);
  if (!environment.ok) return environment;
  await makeOwnWorkspace(places, tenantId);
  const found = await folderInWorkspace(places, tenantId, order.workingDirectory);
  if (!found.ok) return found;
  return read("start", parseStarted(await link.ask({ kind: "start", tenantId, order, folder: found.value })));
}

/** What has ended is read from the disk; only what has not is asked for. */
async function look(parts: Parts, tenantId: TenantId, runs: readonly RunRef[]): Promise<readonly RunStatus[]> {
  if (runs.length > LOOK_COUNT_MAX)
    throw new RangeError(`${runs.length} runs; at most ${LOOK_COUNT_MAX} are looked at`);
  const records = runs.map(({ runId }) => parts.reader.get(tenantId, runId)).filter((record) => record !== undefined);
  if (records.every(({ life }) => life.state === "exited")) return records.map((record) => statusOf(record));
  const runIds = runs.map(({ runId }) => runId);
  return read("look", parseLooked(await parts.link.ask({ kind: "look", tenantId, runIds })));
}

async function output(
  { logs, reader, clock }: Parts,
  tenantId: TenantId,
  asked: { runId: string; cursor?: string; linesMax: number; waitMs?: number; signal?: AbortSignal },
): Promise<OutputPage> {
  const { runId, linesMax, waitMs = 0, signal } = asked;
  const giveUpAtMs = clock.nowMs() + waitMs;
  let { cursor = "" } = asked;
  for (;;) {
    // Looked up before the lines are read: what a run printed is there before its end is.
    const record = reader.get(tenantId, runId);
    if (record === undefined) return { lines: [], cursor, ended: true };
    const { projectId } = record.order;
    const page = await readOutput(logs, tenantId, { projectId, runId, cursor, linesMax });
    const ended = record.life.state === "exited" && page.isAtEnd;
    const isOver = clock.nowMs() >= giveUpAtMs || signal?.aborted === true;
    if (page.lines.length > 0 || ended || isOver) return { lines: page.lines, cursor: page.cursor, ended };
    cursor = page.cursor;
    await clock.sleep(OUTPUT_POLL_MS, signal);
  }
}

async function portState({ reader }: Parts, tenantId: TenantId, port: number): Promise<PortState> {
  if (isReserved(port)) return { state: "reserved" };
  const holder = reader.holderOf(port);
  if (holder === undefined) return { state: (await isPortFree(port)) ? "free" : "taken" };
  const { runId, projectId } = holder.order;
  return { state: "taken", ...(holder.tenantId === tenantId && { by: { runId, projectId } }) };
}

/** @throws {RunnerFault} where the answer is none that this version knows. */
function read<T>(operation: string, answer: Result<T, { readonly why: string }>): T {
  if (answer.ok) return answer.value;
  throw new RunnerFault(operation, { cause: answer.problem.why });
}
