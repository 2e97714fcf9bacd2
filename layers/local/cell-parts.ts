import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hasJobTools, JOBS_TOOLKIT } from "../../functions/job-tools.ts";
import type { LaneRunEnded } from "../core/delivery/lanes.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ok, type Result } from "../core/result.ts";
import type { McpServer } from "../mcp/mcp-server.ts";
import type { Toolkits } from "../mcp/toolkit/tool.ts";
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
import type { CellProjects } from "./cell-projects.ts";
import { CellState } from "./cell-state.ts";
import { type CellStores, openStores } from "./cell-stores.ts";
import { type CellToolkits, cellToolkits } from "./cell-toolkits.ts";
import { CellWire } from "./cell-wire.ts";
import type { CellOptions } from "./options.ts";
import type { ToolkitProblem } from "./toolkit-file.ts";

/** What everything in a cell stands on. */
interface CellGround {
  readonly options: CellOptions;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logs: CellLogs;
  readonly stores: CellStores;
  /** Writes a fault down that belongs to no call. */
  readonly report: (fault: unknown) => void;
}

/** What a cell is made of, before anybody can call it. */
export interface CellParts extends CellGround {
  readonly state: CellState;
  readonly tools: CellToolkits;
  readonly server: McpServer;
  readonly jobs: CellJobs;
  readonly projects: CellProjects | undefined;
  readonly access: CellAccess;
  readonly metering: CellMetering;
  readonly numbers: CellNumbers;
  readonly people: () => Promise<CellPeople>;
  readonly wire: CellWire;
}

/** @throws {StoreFault} when the data folder can't be used. */
export async function openParts(options: CellOptions): Promise<Result<CellParts, ToolkitProblem>> {
  const ground = await openGround(options);
  const { stores, clock, chance, logs } = ground;
  const projects = await cellProjects(ground);
  const asking = new CellAsking();
  const others = { ...projects?.toolkits, [PEOPLE_TOOLKIT]: asking.toolkit };
  const tools = await cellToolkits(options, { ...stores, clock, chance, others });
  if (!tools.ok) return tools;
  const { toolkits } = tools.value;
  const state = new CellState();
  const numbers = new CellNumbers();
  const access = await openAccess({ ...ground, toolkits: namesOf(toolkits) });
  const metering = new CellMetering(ground);
  const jobs = new CellJobs({ ...ground, access, ended: asking.ended });
  const { closing } = state;
  const server = cellMcp({ toolkits, stores, jobs: jobs.jobs, clock, chance, closing, report: logs.reportFault });
  const { questionTurned: turned } = numbers.people;
  const people = peopleAtFirstUse({ ...ground, meter: metering.meter, access, jobs: jobs.jobs, turned });
  asking.begin(people);
  const wire = cellWire({ ...ground, access, people, numbers });
  return ok({ ...ground, state, tools: tools.value, server, jobs, projects, access, metering, numbers, people, wire });
}

async function openGround(options: CellOptions): Promise<CellGround> {
  const clock = systemClock();
  const chance = systemChance();
  const folder = join(options.dataDir, "log");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logs = cellLogs(folder, clock);
  const stores = await openStores(options.dataDir, { clock, chance, report: logs.reportFault });
  return { options, clock, chance, logs, stores, report: (fault) => logs.reportFault(fault, "none") };
}

/** By which tenants have toolkits on or off. */
function namesOf(toolkits: Toolkits): ReadonlySet<string> {
  return new Set([...Object.keys(toolkits), ...(hasJobTools(toolkits) ? [JOBS_TOOLKIT] : [])]);
}

/** Loaded only where it is asked for: most cells run no projects. */
async function cellProjects({ options, ...ground }: CellGround): Promise<CellProjects | undefined> {
  const { dataDir, projects } = options;
  if (projects === undefined) return undefined;
  const { openProjects } = await import("./cell-projects.ts");
  return openProjects({ options: { dataDir, projects }, ...ground });
}

/** Whoever asks first has it made; most cells ask nobody anything. */
function peopleAtFirstUse(parts: CellPeopleParts): () => Promise<CellPeople> {
  let people: Promise<CellPeople> | undefined;
  return () => {
    people ??= import("./cell-people.ts").then(({ CellPeople }) => new CellPeople(parts));
    return people;
  };
}

function cellWire({
  logs,
  numbers,
  options,
  ...parts
}: CellGround & Pick<CellParts, "access" | "people" | "numbers">): CellWire {
  const runEnded = (run: LaneRunEnded): void => {
    logs.laneEnded(run);
    numbers.people.laneEnded(run);
  };
  return new CellWire({ ...parts, origins: ownOrigins(options), runEnded, numbers: numbers.people });
}

/** Its own pages may call it. */
export function ownOrigins({ url }: CellOptions): readonly string[] {
  return url === undefined ? [] : [new URL(url).origin];
}
