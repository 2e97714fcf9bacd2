import { ok, type Result } from "../core/result.ts";
import { cellDoor } from "./cell-door.ts";
import { type CellParts, openParts } from "./cell-parts.ts";
import { cellUpkeep } from "./cell-upkeep.ts";
import { drainServer } from "./drain.ts";
import { type HttpServer, openHttpServer } from "./http-server.ts";
import { type DrainSteps, JOBS_STOP_MS_MAX } from "./limits.ts";
import type { CellOptions } from "./options.ts";
import type { ToolkitProblem } from "./toolkit-file.ts";

export interface Cell {
  /** Without a slash at the end. */
  readonly url: string;
  /** An owner's token, where this start has made the first tenant: it is told this once. */
  readonly firstToken: string | undefined;
  /** Resolves once that tenant is stored. The cell answers before, and only calls of the tenant wait for it. */
  readonly firstTenantStored: Promise<unknown>;
  /** Writes a fault down that belongs to no call. */
  readonly report: (fault: unknown) => void;
  /** Starts now what the first write would otherwise wait for. */
  warm(): void;
  /** Finishes the calls in flight, then lets go of everything. */
  drain(steps: DrainSteps): Promise<void>;
}

/**
 * One server on one data folder, which other processes may share.
 *
 * @throws {StoreFault} when the data folder can't be used, and Node's own error when the address can't.
 */
export async function openCell(options: CellOptions): Promise<Result<Cell, ToolkitProblem>> {
  const opened = await openParts(options);
  if (!opened.ok) return opened;
  const parts = opened.value;
  const server = await openHttpServer(cellDoor(parts), options);
  const upkeep = cellUpkeep({ ...parts, dataDir: options.dataDir });
  const url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${server.port}`;
  parts.projects?.begin(parts.access, options.url ?? url);
  parts.state.readiness = "ready";
  const { firstToken, firstTenantStored } = parts.access;
  return ok({
    ...{ url, firstToken, firstTenantStored, report: parts.report },
    warm: () => warm(parts),
    drain: (steps) => drain(parts, { server, upkeep, steps }),
  });
}

function warm({ stores, metering, jobs, server, logs, wire }: CellParts): void {
  stores.warm();
  metering.start();
  jobs.work({ server, meter: metering.meter, runEnded: logs.runEnded });
  wire.work();
}

async function drain(
  { state, clock, jobs, wire, projects, tools, access, metering, stores, logs }: CellParts,
  { server, upkeep, steps }: { readonly server: HttpServer; readonly upkeep: Closable; readonly steps: DrainSteps },
): Promise<void> {
  state.drain();
  const stopMs = Math.max(0, steps.endMs - JOBS_STOP_MS_MAX);
  const drained = drainServer(server, { clock, steps, refuseCalls: () => state.refuse() });
  await Promise.all([drained, jobs.close(stopMs), wire.close(stopMs)]);
  await projects?.close();
  await tools.close();
  await access.tenancy.close();
  await upkeep.close();
  await metering.close();
  await stores.close();
  logs.close();
}

interface Closable {
  close(): Promise<void>;
}
