import { mkdir, rm } from "node:fs/promises";
import process from "node:process";
import type { Clock } from "../../core/ports/clock.ts";
import type { RunOrder, RunStatus, RunUnknown, StartProblem } from "../../core/ports/runner.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { FileLogs } from "../log/file-logs.ts";
import { HostedRun } from "./hosted-run.ts";
import type { Isolation } from "./isolation.ts";
import { ENDED_KEPT_MS, FULL_RETRY_AFTER_SECONDS, LAUNCHES_MAX, RUNS_MAX, SWEEP_COUNT_MAX } from "./limits.ts";
import { outputLog } from "./output-log.ts";
import { isPortFree, isReserved } from "./port-probe.ts";
import type { ProcessTable } from "./process-table.ts";
import { runEnvironment } from "./run-environment.ts";
import { markerOf, type RunRecord, statusOf } from "./run-record.ts";
import type { RunStore } from "./run-store.ts";
import { RunWatch } from "./run-watch.ts";
import { homeOf, type RunnerFolder, runFolder, temporaryFolder } from "./runner-folder.ts";

export interface HostParts {
  readonly folder: RunnerFolder;
  readonly store: RunStore;
  /** Where what the runs print is kept. */
  readonly logs: Pick<FileLogs, "writer">;
  readonly clock: Clock;
  readonly isolation: Isolation;
  readonly table: ProcessTable;
  readonly lookIntervalMs: number;
  report(fault: unknown): void;
}

const REMOVED = { recursive: true, force: true, maxRetries: 3 } as const;

interface Start {
  readonly order: RunOrder;
  /** Where its folder really lies, as the cell has found it. */
  readonly folder: string;
}

/** All runs of this machine's runner. */
export class RunHost {
  readonly #parts: HostParts;
  readonly #runs = new Map<string, HostedRun>();
  readonly #starting = new Map<string, Promise<Result<RunStatus, StartProblem>>>();
  readonly #portHolders = new Map<number, string>();
  readonly #launchQueue: HostedRun[] = [];
  readonly #watch: RunWatch;
  #launching = 0;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#watch = new RunWatch({
      table: parts.table,
      folderMark: parts.folder.mark,
      intervalMs: parts.lookIntervalMs,
      runs: this.#runs,
      portHolders: this.#portHolders,
      report: parts.report,
    });
  }

  /** Runs that have not ended. */
  get count(): number {
    return this.#runs.size + this.#starting.size;
  }

  /** The order is on the disk when it resolves. A run that is there already is told of, whatever becomes of this order. */
  start(tenantId: TenantId, start: Start): Promise<Result<RunStatus, StartProblem>> {
    const marker = this.#markerOf(tenantId, start.order.runId);
    const known = this.#statusOf(tenantId, start.order.runId);
    if (known !== undefined) return Promise.resolve(ok(known));
    const underWay = this.#starting.get(marker);
    if (underWay !== undefined) return underWay;
    const starting = this.#take(tenantId, start).finally(() => this.#starting.delete(marker));
    this.#starting.set(marker, starting);
    return starting;
  }

  stop(tenantId: TenantId, runId: string, options: { readonly force: boolean }): Result<RunStatus, RunUnknown> {
    this.#runs.get(this.#markerOf(tenantId, runId))?.stop(options);
    const status = this.#statusOf(tenantId, runId);
    return status === undefined ? refused({ reason: "run_unknown" }) : ok(status);
  }

  look(tenantId: TenantId, runIds: readonly string[]): readonly RunStatus[] {
    return runIds.map((runId) => this.#statusOf(tenantId, runId)).filter((status) => status !== undefined);
  }

  /** Forgets what has ended long ago, and what a runner that was killed has left of it. What it printed is the log's. */
  async sweep(): Promise<void> {
    const { store, clock, folder } = this.#parts;
    for (const { tenantId, order } of store.forget(clock.nowMs() - ENDED_KEPT_MS, SWEEP_COUNT_MAX)) {
      await rm(runFolder(folder, tenantId, order.runId), REMOVED);
    }
  }

  close(): void {
    this.#watch.close();
  }

  async #take(tenantId: TenantId, { order, folder }: Start): Promise<Result<RunStatus, StartProblem>> {
    const { port } = order;
    const marker = this.#markerOf(tenantId, order.runId);
    if (this.#runs.size >= RUNS_MAX) {
      return refused({ reason: "runner_full", retryAfterSeconds: FULL_RETRY_AFTER_SECONDS });
    }
    if (port !== undefined) {
      if (isReserved(port)) return refused({ reason: "port_reserved", port });
      if (this.#portHolders.has(port)) return refused({ reason: "port_taken", port });
      this.#portHolders.set(port, marker);
    }
    const giveUp = (): void => {
      if (port !== undefined) this.#portHolders.delete(port);
    };
    try {
      if (port !== undefined && !(await isPortFree(port))) {
        giveUp();
        return refused({ reason: "port_taken", port });
      }
      const record: RunRecord = { tenantId, order, folder, life: { state: "starting" } };
      const run = await this.#hosted(record, marker);
      await this.#parts.store.put(record);
      this.#add(run, { scratch: runFolder(this.#parts.folder, tenantId, order.runId), release: giveUp });
      return ok(run.status);
    } catch (fault) {
      giveUp();
      throw fault;
    }
  }

  async #hosted(record: RunRecord, marker: string): Promise<HostedRun> {
    const { tenantId, order } = record;
    const { folder, store, logs, clock, isolation, report } = this.#parts;
    const home = homeOf(folder, tenantId);
    const temporary = temporaryFolder(folder, tenantId, order.runId);
    for (const each of [home, temporary]) await mkdir(each, { recursive: true, mode: 0o700 });
    return new HostedRun(record, {
      marker,
      clock,
      isolation,
      report,
      environment: runEnvironment({
        launcher: process.env,
        node: process.execPath,
        marker,
        places: { home, temporary, preload: folder.preload },
        port: order.port,
        ordered: order.environment,
      }),
      sink: outputLog(logs.writer(tenantId, order.projectId), report),
      scratch: runFolder(folder, tenantId, order.runId),
      folders: [record.folder, home, temporary],
      keep: (changed) => store.put(changed),
      hurry: () => this.#watch.hurry(),
    });
  }

  #add(run: HostedRun, { scratch, release }: { readonly scratch: string; readonly release: () => void }): void {
    this.#runs.set(run.marker, run);
    void run.ended.then(async () => {
      this.#runs.delete(run.marker);
      release();
      await rm(scratch, REMOVED).catch(this.#parts.report);
    });
    this.#launchQueue.push(run);
    void this.#launchNext();
  }

  async #launchNext(): Promise<void> {
    if (this.#launching >= LAUNCHES_MAX) return;
    const run = this.#launchQueue.shift();
    if (run === undefined) return;
    this.#launching++;
    await run.launch().catch(this.#parts.report);
    this.#launching--;
    this.#watch.wake();
    void this.#launchNext();
  }

  #statusOf(tenantId: TenantId, runId: string): RunStatus | undefined {
    const hosted = this.#runs.get(this.#markerOf(tenantId, runId));
    if (hosted !== undefined) return hosted.status;
    const record = this.#parts.store.get(tenantId, runId);
    return record === undefined ? undefined : statusOf(record);
  }

  #markerOf(tenantId: TenantId, runId: string): string {
    return markerOf(this.#parts.folder.mark, tenantId, { runId });
  }
}
