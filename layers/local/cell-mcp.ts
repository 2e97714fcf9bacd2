import { withJobTools } from "../../functions/job-tools.ts";
import type { Jobs } from "../core/job/jobs.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { VERSION } from "../core/version.ts";
import type { FaultReport } from "../http/fault-reply.ts";
import { type McpServer, makeMcpServer } from "../mcp/mcp-server.ts";
import type { Toolkits } from "../mcp/toolkit/tool.ts";
import type { CellStores } from "./cell-stores.ts";

const SERVER = {
  name: "skein",
  title: "Skein",
  version: VERSION,
};

/** Looking into a local file costs some microseconds, so a change is told within the blink of an eye. */
const POLL_INTERVAL_MS = 100;
/** Nobody pays for a stream that waits here, and clients show a question sooner than they come back for it. */
const HOLD_MS = 60_000;

export interface CellMcpParts {
  readonly toolkits: Toolkits;
  readonly stores: CellStores;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Aborted when waiting streams shall end. */
  readonly closing: AbortSignal;
  readonly report: FaultReport;
}

/** The MCP server of a cell. What it runs as jobs, the cell's workers run with it too. */
export function cellMcp({ toolkits, stores, ...parts }: CellMcpParts): McpServer {
  return makeMcpServer({
    ...stores,
    ...parts,
    toolkits: withJobTools(toolkits, parts),
    server: SERVER,
    pollIntervalMs: POLL_INTERVAL_MS,
    holdMs: HOLD_MS,
  });
}
