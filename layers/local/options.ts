import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { FrontDoor } from "../core/deployment/function-shape.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { isTlsOrLoopback } from "../identity/loopback.ts";
import { DATA_DIR_USUAL } from "./places.ts";
import { type ProjectOptions, readProjectOptions } from "./project-options.ts";

const SURFACES = ["index", "curated", "all"] as const;
export type Surface = (typeof SURFACES)[number];

const FRONT_DOORS: readonly FrontDoor[] = ["rest", "alb"];

export interface CellOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host: string;
  /** Where callers reach the cell, when that is not where it listens; without a slash at the end. */
  readonly url: string | undefined;
  /** Absolute, as all paths here. */
  readonly dataDir: string;
  readonly toolkitFiles: readonly string[];
  readonly surface: Surface;
  /** Whether callers on this machine act as the first tenant's owner without a credential. */
  readonly open: boolean;
  /** Who else than the cell itself issues tokens, as their `iss` says it. */
  readonly issuer: string | undefined;
  /** Whether holders of a token that names no tenant may make one of their own. */
  readonly signUp: boolean;
  /** What stands before the functions where they run as Lambda runs them. */
  readonly frontDoor: FrontDoor;
  /** Undefined where the cell starts no programs. */
  readonly projects: ProjectOptions | undefined;
}

export type OptionsProblem = { readonly reason: "option_wrong"; readonly messages: readonly string[] };

export const HELP = `Serves MCP, jobs, people, projects, user sessions and tenants from this machine.

  npm start -- [options]

  --port N           port to listen on; 0 picks a free one          (3000)
  --host ADDRESS     address to listen on                           (127.0.0.1)
  --url URL          where callers reach it, when that is elsewhere
  --data DIR         folder that holds all state                    (.skein)
  --toolkit FILE     module with tools of your own; may be repeated
  --surface NAME     CyberChef tools to offer: index, curated, all  (index)
  --open             let callers on this machine in without a token, as the first tenant's owner
  --issuer URL       trust the tokens of this OpenID provider too
  --sign-up          let whoever has a token of --issuer make a tenant
  --projects         run the projects of its tenants, as programs on this machine
  --workspace DIR    folder that the first tenant's projects may lie in, or TENANT=DIR; may be repeated
  --lambda           run the functions' bundles as Lambda does, as the plan says; they take no --toolkit,
                     no --open, and a --url of https:// alone
  --front-door NAME  with --lambda: rest (API Gateway), or alb     (rest)
  --help             print this and end
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
  const frontDoor = readFrontDoor(given, messages);
  const port = readPort(given.port, messages);
  checkReach(given, messages);
  checkIssuer(given.issuer, messages);
  if (given["sign-up"] && given.issuer === undefined) {
    messages.push("--sign-up needs --issuer: tokens of the cell itself name their tenant already");
  }
  const projects = readProjectOptions({ ...given, isLoopback: isLoopback(given.host) }, { messages, workingDir });
  for (const [name, paths] of [["--data", [given.data]] as const, ["--toolkit", given.toolkit] as const]) {
    if (paths.includes("")) messages.push(`${name} is empty; it takes a path`);
  }
  if (surface === undefined || frontDoor === undefined || messages.length > 0)
    return refused({ reason: "option_wrong", messages });
  return ok({
    port,
    host: given.host,
    url: given.url?.replace(/\/$/, ""),
    dataDir: resolve(workingDir, given.data),
    toolkitFiles: given.toolkit.map((file) => resolve(workingDir, file)),
    surface,
    open: given.open,
    issuer: given.issuer,
    signUp: given["sign-up"],
    frontDoor,
    projects,
  });
}

/** What was given, or the default of what was not; tells of the first thing that is no option. */
function parsed(args: readonly string[], messages: string[]) {
  const toolkit: string[] = [];
  const defaults = {
    port: "3000",
    host: "127.0.0.1",
    data: DATA_DIR_USUAL,
    surface: "index",
    toolkit,
    help: false,
    url: undefined,
  };
  const access = { open: false, issuer: undefined, "sign-up": false };
  const functions = { lambda: false, "front-door": undefined };
  const workspace: string[] = [];
  const running = { projects: false, workspace };
  try {
    const { values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: { type: "string", default: defaults.port },
        host: { type: "string", default: defaults.host },
        url: { type: "string" },
        data: { type: "string", default: defaults.data },
        toolkit: { type: "string", multiple: true, default: defaults.toolkit },
        surface: { type: "string", default: defaults.surface },
        open: { type: "boolean", default: access.open },
        issuer: { type: "string" },
        "sign-up": { type: "boolean", default: access["sign-up"] },
        lambda: { type: "boolean", default: functions.lambda },
        "front-door": { type: "string" },
        projects: { type: "boolean", default: running.projects },
        workspace: { type: "string", multiple: true, default: running.workspace },
        help: { type: "boolean", default: defaults.help },
      },
    });
    return values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    messages.push(error.message);
    return { ...defaults, ...access, ...functions, ...running };
  }
}

interface Functions {
  readonly lambda: boolean;
  readonly "front-door"?: string | undefined;
}

/** Undefined where it is wrong. */
function readFrontDoor({ lambda, "front-door": name }: Functions, messages: string[]): FrontDoor | undefined {
  if (name !== undefined && !lambda)
    messages.push("--front-door goes with --lambda: else the cell is its own front door");
  const door = FRONT_DOORS.find((known) => known === (name ?? "rest"));
  if (door === undefined) messages.push(`--front-door ${name} is unknown; it is one of ${FRONT_DOORS.join(", ")}`);
  return door;
}

function readPort(text: string, messages: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= PORT_MAX)) messages.push(`--port ${text} is no port; it is a whole number from 0 to ${PORT_MAX}`);
  return port;
}

/** A token's issuer is compared as text, so it is taken as written; without TLS it may only be on this machine. */
function checkIssuer(issuer: string | undefined, messages: string[]): void {
  if (issuer === undefined) return;
  const address = URL.parse(issuer);
  if (address !== null && isTlsOrLoopback(address)) return;
  messages.push(`--issuer ${issuer} is refused; it is the https:// address of an OpenID provider`);
}

interface Reach {
  readonly host: string;
  readonly url?: string | undefined;
  readonly open: boolean;
}

/** Off the machine a cell asks for credentials, and its callers know it by a name that it can't guess. */
function checkReach({ host, url, open }: Reach, messages: string[]): void {
  if (url !== undefined && !/^https?:\/\/[^/?#\s]+\/?$/.test(url)) {
    messages.push(`--url ${url} is refused; it is http:// or https:// and a host name, without a path`);
  }
  if (isLoopback(host)) return;
  if (open) messages.push(`--open does not go with --host ${host}: only callers on this machine need no credential`);
  if (url === undefined) messages.push(`--host ${host} needs --url, the address by which callers reach it`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
