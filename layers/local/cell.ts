import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { HttpHandler } from "../core/http/http-message.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ok, type Result } from "../core/result.ts";
import { parseTenantId } from "../core/tenant/tenant-id.ts";
import { health, type Readiness } from "../http/health.ts";
import { RETRY_AFTER_SECONDS } from "../http/limits.ts";
import { problemReply } from "../http/problem-reply.ts";
import { type Route, router } from "../http/router.ts";
import { systemChance } from "../node/system-chance.ts";
import { systemClock } from "../node/system-clock.ts";
import { type CellLogs, cellLogs } from "./cell-logs.ts";
import { openStores } from "./cell-stores.ts";
import { doorway } from "./doorway.ts";
import { drainServer } from "./drain.ts";
import type { Door } from "./http-exchange.ts";
import { openHttpServer } from "./http-server.ts";
import { landing } from "./landing.ts";
import { type DrainSteps, LOCAL_DOOR } from "./limits.ts";
import type { CellOptions } from "./options.ts";
import type { ToolkitProblem } from "./toolkit-file.ts";

export interface Cell {
  /** Without a slash at the end. */
  readonly url: string;
  /** Finishes the calls in flight, then lets go of everything. */
  drain(steps: DrainSteps): Promise<void>;
}

/**
 * One server on one data folder, which other processes may share.
 *
 * @throws {StoreFault} when the data folder can't be used, and Node's own error when the address can't.
 */
export async function openCell(options: CellOptions): Promise<Result<Cell, ToolkitProblem>> {
  const clock = systemClock();
  const chance = systemChance();
  mkdirSync(join(options.dataDir, "log"), { recursive: true, mode: 0o700 });
  const logs = cellLogs(join(options.dataDir, "log"), clock);
  const stores = await openStores(options.dataDir, clock);
  const state = new CellState();
  const routes: readonly Route[] = [];
  const handler = served(routes, state);
  const server = await openHttpServer(localDoor({ handler, host: options.host, logs, clock, chance }), options);
  state.readiness = "ready";
  return ok({
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${server.port}`,
    async drain(steps) {
      state.drain();
      await drainServer(server, { clock, steps, refuseCalls: () => state.refuse() });
      await stores.close();
      logs.close();
    },
  });
}

/** How far a cell is on its way from the start to the end. */
class CellState {
  readiness: Readiness = "starting";
  refusing = false;
  readonly #closing = new AbortController();

  /** Aborted when waiting streams shall end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  drain(): void {
    this.readiness = "draining";
    this.#closing.abort();
  }

  refuse(): void {
    this.refusing = true;
  }
}

/** Probes are answered to the end; calls until the drain's notice is over. */
function served(routes: readonly Route[], state: CellState): HttpHandler {
  const probes = health(() => state.readiness);
  const handler = router([
    ...routes,
    { path: "/health/", methods: ["GET", "HEAD"], handler: probes },
    { path: "/", methods: ["GET", "HEAD"], handler: landing },
  ]);
  return async (request, context) => {
    if (!state.refusing || request.path.startsWith("/health/")) return handler(request, context);
    const detail = "this process is about to end; another one serves";
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    return problemReply({ status: 503, code: "server_draining", detail, headers }, context.requestId);
  };
}

function localDoor(parts: {
  readonly handler: HttpHandler;
  readonly host: string;
  readonly logs: CellLogs;
  readonly clock: Clock;
  readonly chance: Chance;
}): Door {
  const { logs, clock, chance, host } = parts;
  const tenantId = parseTenantId("local");
  if (!tenantId.ok) throw new TypeError("local is a tenant's name");
  return {
    ...doorway(parts.handler, { host, report: logs.reportFault }),
    ...logs,
    principal: { tenantId: tenantId.value, subject: "local" },
    clock,
    chance,
    limits: LOCAL_DOOR,
  };
}
