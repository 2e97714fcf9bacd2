import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { hasJobTools, JOBS_TOOLKIT } from "../../functions/job-tools.ts";
import { handlerOf } from "../../functions/mcp/handler.ts";
import type { LaneRunEnded } from "../core/delivery/lanes.ts";
import type { DoorCall, HttpHandler } from "../core/http/http-message.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ok, type Result } from "../core/result.ts";
import { health, type Readiness } from "../http/health.ts";
import { RETRY_AFTER_SECONDS } from "../http/limits.ts";
import { admittingPages } from "../http/passage/admitting-pages.ts";
import { problemReply } from "../http/problem-reply.ts";
import { type Route, router } from "../http/router.ts";
import type { McpServer } from "../mcp/mcp-server.ts";
import { systemChance } from "../node/system-chance.ts";
import { systemClock } from "../node/system-clock.ts";
import { PEOPLE_TOOLKIT } from "../people/people-toolkit.ts";
import { type CellAccess, openAccess } from "./cell-access.ts";
import { CellAsking } from "./cell-asking.ts";
import { CellJobs } from "./cell-jobs.ts";
import { type CellLogs, cellLogs } from "./cell-logs.ts";
import { cellMcp } from "./cell-mcp.ts";
import { CellMetering } from "./cell-metering.ts";
import { CellNumbers } from "./cell-numbers.ts";
import type { CellPeople, CellPeopleParts } from "./cell-people.ts";
import type { CellProjects, CellProjectsParts } from "./cell-projects.ts";
import { type CellStores, openStores } from "./cell-stores.ts";
import { cellToolkits } from "./cell-toolkits.ts";
import { cellUpkeep } from "./cell-upkeep.ts";
import { CellWire } from "./cell-wire.ts";
import { doorway } from "./doorway.ts";
import { drainServer } from "./drain.ts";
import type { Door } from "./http-exchange.ts";
import { openHttpServer } from "./http-server.ts";
import { jobRoutes } from "./job-routes.ts";
import { landing } from "./landing.ts";
import { type DrainSteps, JOBS_STOP_MS_MAX, LOCAL_DOOR } from "./limits.ts";
import { loadedAtFirstCall } from "./loaded-at-first-call.ts";
import type { CellOptions } from "./options.ts";
import { pageRoutes } from "./page-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { requestIds } from "./request-ids.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { tenantRoutes } from "./tenant-routes.ts";
import type { ToolkitProblem } from "./toolkit-file.ts";
import { SOCKET_PATH } from "./websocket/socket-door.ts";

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
  const clock = systemClock();
  const chance = systemChance();
  mkdirSync(join(options.dataDir, "log"), { recursive: true, mode: 0o700 });
  const logs = cellLogs(join(options.dataDir, "log"), clock);
  const stores = await openStores(options.dataDir, { clock, chance, report: logs.reportFault });
  const report = (fault: unknown): void => logs.reportFault(fault, "none");
  const projects = await cellProjects(options, { stores, clock, chance, report });
  const asking = new CellAsking();
  const others = { ...projects?.toolkits, [PEOPLE_TOOLKIT]: asking.toolkit };
  const tools = await cellToolkits(options, { ...stores, clock, chance, others });
  if (!tools.ok) return tools;
  const state = new CellState();
  const { toolkits } = tools.value;
  const names = new Set([...Object.keys(toolkits), ...(hasJobTools(toolkits) ? [JOBS_TOOLKIT] : [])]);
  const access = await openAccess({ options, stores, clock, chance, toolkits: names, report });
  const metering = new CellMetering({ stores, clock, chance, report });
  const jobs = new CellJobs({ access, stores, clock, chance, ended: asking.ended, report });
  const mcp = { toolkits, stores, jobs: jobs.jobs, clock, chance, closing: state.closing, report: logs.reportFault };
  const server = cellMcp(mcp);
  const numbers = new CellNumbers();
  const turned = numbers.people.questionTurned;
  const peopleParts = { meter: metering.meter, access, stores, jobs: jobs.jobs, clock, chance, report, turned };
  const people = peopleAtFirstUse(peopleParts);
  asking.begin(people);
  const wire = cellWire(people, options, { access, stores, clock, chance, logs, numbers, report });
  const parts: CellParts = {
    ...{ clock, chance, stores, logs, state, server, jobs, people, projects, access },
    ...{ metering, numbers, wire, options },
  };
  const door = await openHttpServer(localDoor(parts, options), options);
  const upkeep = cellUpkeep({ access, stores, jobs, people, dataDir: options.dataDir, clock, chance, report });
  const url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${door.port}`;
  projects?.begin(access, options.url ?? url);
  state.readiness = "ready";
  return ok({
    url,
    firstToken: access.firstToken,
    firstTenantStored: access.firstTenantStored,
    report,
    warm() {
      stores.warm();
      metering.start();
      jobs.work({ server, meter: metering.meter, runEnded: logs.runEnded });
      wire.work();
    },
    async drain(steps) {
      state.drain();
      const stopMs = Math.max(0, steps.endMs - JOBS_STOP_MS_MAX);
      const drained = drainServer(door, { clock, steps, refuseCalls: () => state.refuse() });
      await Promise.all([drained, jobs.close(stopMs), wire.close(stopMs)]);
      await projects?.close();
      await tools.value.close();
      await access.tenancy.close();
      await upkeep.close();
      await metering.close();
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

interface CellParts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly stores: CellStores;
  readonly logs: CellLogs;
  readonly state: CellState;
  readonly server: McpServer;
  readonly jobs: CellJobs;
  readonly projects: CellProjects | undefined;
  readonly access: CellAccess;
  readonly metering: CellMetering;
  readonly numbers: CellNumbers;
  readonly people: () => Promise<CellPeople>;
  readonly wire: CellWire;
  readonly options: CellOptions;
}

/** Its own pages may call it. */
function ownOrigins({ url }: CellOptions): readonly string[] {
  return url === undefined ? [] : [new URL(url).origin];
}

/** Whoever asks first has it made; most cells ask nobody anything. */
function peopleAtFirstUse(parts: CellPeopleParts): () => Promise<CellPeople> {
  let people: Promise<CellPeople> | undefined;
  return () => {
    people ??= import("./cell-people.ts").then(({ CellPeople }) => new CellPeople(parts));
    return people;
  };
}

function cellWire(
  people: () => Promise<CellPeople>,
  options: CellOptions,
  {
    logs,
    numbers,
    ...parts
  }: Pick<CellParts, "access" | "stores" | "clock" | "chance" | "logs" | "numbers"> & Pick<Cell, "report">,
): CellWire {
  const runEnded = (run: LaneRunEnded): void => {
    logs.laneEnded(run);
    numbers.people.laneEnded(run);
  };
  return new CellWire({ ...parts, people, origins: ownOrigins(options), runEnded, numbers: numbers.people });
}

function localDoor(parts: CellParts, options: CellOptions): Door {
  const { logs, clock, metering, numbers, projects, wire } = parts;
  const { host, url } = options;
  const hosts = url === undefined ? [host] : [host, new URL(url).hostname];
  const origins = ownOrigins(options);
  const way = doorway(drainable(router(cellRoutes(parts)), parts.state), { hosts, origins, report: logs.reportFault });
  return {
    ...way,
    ...(projects !== undefined && {
      passage: projects.passage,
      intake: projects.intake,
      handler: admittingPages(way.handler),
    }),
    ...logs,
    webSockets: wire.door,
    callEnded(line) {
      logs.callEnded(line);
      numbers.calls.callEnded(line);
      metering.callEnded(line);
    },
    clock,
    newRequestId: requestIds(clock, process.pid),
    limits: LOCAL_DOOR,
  };
}

function cellRoutes(parts: CellParts): readonly Route[] {
  const { clock, chance, stores, state, server, jobs, people, projects, access, numbers, wire, options } = parts;
  return [
    { path: "/mcp", methods: ["GET", "POST", "DELETE"], handler: access.gated(handlerOf(server)) },
    {
      path: "/api/sessions",
      methods: ["GET", "POST", "PATCH", "DELETE"],
      handler: loadedAtFirstCall(async () => {
        const { sessionsHandler } = await import("../../functions/sessions/handler.ts");
        return access.gated(sessionsHandler({ ...stores, quotas: access.tenancy.quotas, clock, chance }));
      }),
    },
    ...jobRoutes(access, jobs),
    ...peopleRoutes(access, people),
    ...(projects?.routes(access, state.closing) ?? []),
    ...tenantRoutes({ access, stores, clock, options }),
    // A provider that is trusted leads its clients itself.
    ...(options.issuer === undefined ? signInRoutes({ access, stores, clock, chance }) : []),
    { path: SOCKET_PATH, methods: ["GET"], handler: wire.door.handler },
    ...pageRoutes(),
    ...numbers.routes(access),
    { path: "/health/", methods: ["GET", "HEAD"], handler: health(() => state.readiness) },
    { path: "/", methods: ["GET", "HEAD"], handler: landing },
  ];
}

/** Loaded only where it is asked for: most cells run no projects. */
async function cellProjects(
  { dataDir, projects }: CellOptions,
  parts: Omit<CellProjectsParts, "options">,
): Promise<CellProjects | undefined> {
  if (projects === undefined) return undefined;
  const { openProjects } = await import("./cell-projects.ts");
  return openProjects({ options: { dataDir, projects }, ...parts });
}

/** Probes are answered to the end; calls until the drain's notice is over. */
function drainable(handler: HttpHandler<DoorCall>, state: CellState): HttpHandler<DoorCall> {
  return async (request, context) => {
    if (!state.refusing || request.path.startsWith("/health/")) return handler(request, context);
    const detail = "this process is about to end; another one serves";
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    return problemReply({ status: 503, code: "server_draining", detail, headers }, context.requestId);
  };
}
