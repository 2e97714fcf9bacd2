import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ok, type Result, refused } from "../core/result.ts";

export const SURFACES = ["index", "curated", "all"] as const;
export type Surface = (typeof SURFACES)[number];

export interface CellOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host: string;
  /** Absolute, as all paths here. */
  readonly dataDir: string;
  readonly toolkitFiles: readonly string[];
  readonly surface: Surface;
}

export type OptionsProblem = { readonly reason: "option_wrong"; readonly messages: readonly string[] };

export const HELP = `Serves MCP, recipes and user sessions from this machine.

  npm start -- [options]

  --port N         port to listen on; 0 picks a free one          (3000)
  --host ADDRESS   loopback address to listen on                  (127.0.0.1)
  --data DIR       folder that holds all state                    (.skein)
  --toolkit FILE   module with tools of your own; may be repeated
  --surface NAME   CyberChef tools to offer: index, curated, all  (index)
  --lambda         run the functions' bundles as Lambda does, as the plan says
  --help           print this and end
`;

const PORT_MAX = 65_535;

/** `help` when that was asked for; else the options, or everything that is wrong with them at once. */
export function readOptions(args: readonly string[], workingDir: string): Result<CellOptions | "help", OptionsProblem> {
  const messages: string[] = [];
  const given = parsed(args, messages);
  if (given.help === true) return ok("help");
  const surface = SURFACES.find((name) => name === given.surface);
  if (surface === undefined) {
    messages.push(`--surface ${given.surface} is unknown; it is one of ${SURFACES.join(", ")}`);
  }
  const port = readPort(given.port, messages);
  checkHost(given.host, messages);
  for (const [name, paths] of [["--data", [given.data]] as const, ["--toolkit", given.toolkit] as const]) {
    if (paths.includes("")) messages.push(`${name} is empty; it takes a path`);
  }
  if (surface === undefined || messages.length > 0) return refused({ reason: "option_wrong", messages });
  return ok({
    port,
    host: given.host,
    dataDir: resolve(workingDir, given.data),
    toolkitFiles: given.toolkit.map((file) => resolve(workingDir, file)),
    surface,
  });
}

/** What was given, or the default of what was not; tells of the first thing that is no option. */
function parsed(args: readonly string[], messages: string[]) {
  const defaults = { port: "3000", host: "127.0.0.1", data: ".skein", surface: "index", toolkit: [], help: false };
  try {
    const { values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: { type: "string", default: defaults.port },
        host: { type: "string", default: defaults.host },
        data: { type: "string", default: defaults.data },
        toolkit: { type: "string", multiple: true, default: defaults.toolkit },
        surface: { type: "string", default: defaults.surface },
        help: { type: "boolean", default: defaults.help },
      },
    });
    return values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    messages.push(error.message);
    return defaults;
  }
}

function readPort(text: string, messages: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= PORT_MAX)) messages.push(`--port ${text} is no port; it is a whole number from 0 to ${PORT_MAX}`);
  return port;
}

function checkHost(host: string, messages: string[]): void {
  if (host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host)) return;
  messages.push(
    `--host ${host} is refused: without authentication only callers on this machine may be served; ` +
      "it is 127.0.0.1, ::1 or localhost",
  );
}
