import type { DescribedPaths } from "../layers/http/operation/openapi.ts";
import { gated, JSON_TYPE, type OtherCall } from "../layers/http/operation/other-call.ts";

type Words = Pick<OtherCall, "id" | "summary"> & {
  /** In the query, by name. */
  readonly query?: Readonly<Record<string, string>>;
  readonly sends?: true;
  readonly answers?: readonly string[];
};

const LINES = {
  level: "Of this level alone",
  stream: "stdout or stderr",
  search: 'Words, -words, "phrases", level: and stream:',
  since: "A time, or how long ago, such as 15m",
  until: "A time, or how long ago",
} as const;

/** By method and path, where a star is one part of it. */
const CALLS = {
  "GET /api/projects": {
    id: "listProjects",
    summary: "List projects",
    query: { status: "all, running or stopped", techStack: "Those made with this alone" },
  },
  "POST /api/projects": { id: "registerProject", summary: "Register a folder as a project", sends: true },
  "POST /api/projects/batch": { id: "changeProjects", summary: "Start, stop or restart several projects", sends: true },
  "POST /api/projects/clear-all": { id: "removeProjects", summary: "Remove all projects", sends: true },
  "POST /api/projects/*/start": { id: "startProject", summary: "Start a project", sends: true },
  "POST /api/projects/*/stop": { id: "stopProject", summary: "Stop a project", sends: true },
  "POST /api/projects/*/restart": { id: "restartProject", summary: "Restart a project", sends: true },
  "GET /api/projects/*/health": { id: "getProjectHealth", summary: "See how a project does" },
  "GET /api/projects/*/config": { id: "getProjectConfig", summary: "See how a project is started" },
  "PUT /api/projects/*/config": { id: "setProjectConfig", summary: "Say how a project is started", sends: true },
  "GET /api/projects/*/workspace": { id: "getProjectWorkspace", summary: "See what was uploaded for a project" },
  "POST /api/projects/*/workspace": {
    id: "offerProjectWorkspace",
    summary: "Begin an upload: be told how to send an archive of a workspace",
    sends: true,
  },
  "PUT /api/projects/*/workspace": {
    id: "acceptProjectWorkspace",
    summary: "Have what was uploaded be a project's workspace",
    sends: true,
  },
  "DELETE /api/projects/*/workspace": {
    id: "removeProjectWorkspace",
    summary: "Remove what was uploaded, and leave the project with an empty workspace",
  },
  "GET /api/projects/*": { id: "getProject", summary: "See a project" },
  "DELETE /api/projects/*": { id: "removeProject", summary: "Stop a project and forget it" },
  "GET /api/servers": { id: "listServers", summary: "List projects, by an older name" },
  "GET /api/servers/*": { id: "getServer", summary: "See a project, by an older name" },
  "GET /api/ports": {
    id: "listPorts",
    summary: "List the ports that projects hold",
    query: { projectId: "Of this alone" },
  },
  "GET /api/ports/suggest": {
    id: "suggestPorts",
    summary: "Find free ports",
    query: { type: "The tech whose range it is", preferredPort: "Near this one", count: "How many" },
  },
  "GET /api/ports/*/check": { id: "checkPort", summary: "See whether a port is free" },
  "GET /api/projects/*/logs/export": {
    id: "exportProjectLog",
    summary: "Get a project's log as a file",
    query: { format: "json, csv or text", ...LINES },
    answers: [JSON_TYPE, "text/csv", "text/plain"],
  },
  "GET /mcp/logs/*/stream": {
    id: "listenToProjectLog",
    summary: "Listen to a project's log",
    query: {
      ...LINES,
      tail: "How many of the newest lines come first",
      follow: "Whether what comes is told as well",
      includeHistory: "Whether what was is told",
      containerName: "One run of the project",
      lastEventId: "For clients that can't send the header: the last event that was seen",
    },
    answers: ["text/event-stream"],
  },
  "POST /mcp/initialize": { id: "beginHostSession", summary: "Greet, as the MCP Debug Host does", sends: true },
  "POST /mcp/tools/list": { id: "listHostTools", summary: "List the host tools", sends: true },
  "POST /mcp/tools/call": { id: "callHostTool", summary: "Call a host tool", sends: true },
} as const satisfies Readonly<Record<string, Words>>;

/** What is not described here is no route. */
export type ProjectRoute = keyof typeof CALLS;

/** With a body of the surface's own: a code, a message and what the code calls for. */
const REFUSED = [400, 404, 408, 409];

/** The plain HTTP surface of a server that runs projects. */
export const PROJECT_PATHS: DescribedPaths = Object.fromEntries(
  Object.entries(Object.groupBy(Object.entries<Words>(CALLS), ([route]) => pathOf(route))).map(([path, calls = []]) => [
    path,
    Object.fromEntries(calls.map(([route, words]) => [methodOf(route), describedCall(path, words)])),
  ]),
);

function pathOf(route: string): string {
  const path = route.slice(route.indexOf("/"));
  return path.replace("*", path.startsWith("/api/ports/") ? "{port}" : "{projectId}");
}

function methodOf(route: string): string {
  return route.slice(0, route.indexOf(" ")).toLowerCase();
}

function describedCall(path: string, { id, summary, query = {}, sends, answers }: Words): object {
  const name = /\{(.*)\}/.exec(path)?.[1];
  const inPath = name === undefined ? {} : { [name]: { in: "path", description: "Whose" } as const };
  const inQuery = Object.entries(query).map(([key, description]) => [key, { in: "query", description }] as const);
  return gated("projects", {
    id,
    summary,
    takes: { ...inPath, ...Object.fromEntries(inQuery) },
    ...(sends && { sends: JSON_TYPE }),
    ...(answers !== undefined && { answers }),
    statuses: [200, ...REFUSED],
  });
}
