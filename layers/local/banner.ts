import { resolve } from "node:path";
import { VERSION } from "../core/version.ts";
import { DATA_DIR_USUAL } from "./places.ts";

export interface Welcome {
  readonly url: string;
  readonly dataDir: string;
  /** From which commands are given, and so where they look for a cell that is not named. */
  readonly workingDir: string;
  /** Told at the first start alone. */
  readonly firstToken: string | undefined;
  /** Whether callers on this machine need no token. */
  readonly open: boolean;
  /** What it says of the programs that tenants may start here; undefined where there are none. */
  readonly projects: unknown;
}

/** What a person sees at the start: where it is, how to connect, where the data lies. */
export function banner({ url, dataDir, workingDir, firstToken, open, projects }: Welcome): string {
  const command = tokenCommand(dataDir, workingDir);
  return `
skein ${VERSION}

  MCP            ${url}/mcp
  User sessions  ${url}/api/sessions
  People         ${url}/people, and over WebSocket ${url.replace(/^http/, "ws")}/ws
  Jobs           ${url}/api/jobs
  Tenants        ${url}/api/tenants/self, described in ${url}/api/openapi.json
${projects === undefined ? "" : `  Projects       ${url}/api/projects, and each under ${url}/p/<project>/; they run as you\n`}  Data           ${dataDir}
  Log            ${dataDir}/log/calls.ndjson, a line a call
${tokenText(command, firstToken, open)}
  Connect
    Claude Code  claude mcp add --transport http skein ${url}/mcp${open ? "" : ' --header "Authorization: Bearer $TOKEN"'}
    Inspector    npx @modelcontextprotocol/inspector --cli ${url}/mcp --transport http --method tools/list${open ? "" : ' --header "Authorization: Bearer $TOKEN"'}
    curl         ${curlToolsList(url, open)}

`;
}

function tokenText(command: string, firstToken: string | undefined, open: boolean): string {
  if (open) return "  Token          none is needed on this machine (--open)\n";
  if (firstToken === undefined) return `  Token          TOKEN=$(${command})\n`;
  return `  Token          an owner's, for a day and told this once; later ones by ${command}\n\nTOKEN=${firstToken}\n`;
}

/** What prints a token of this cell and no other. */
function tokenCommand(dataDir: string, workingDir: string): string {
  const command = "npm run -s token";
  if (dataDir === resolve(workingDir, DATA_DIR_USUAL)) return command;
  return `${command} -- --data '${dataDir.replaceAll("'", "'\\''")}'`;
}

const CURL_INDENT = `\n${" ".repeat(17)}`;

function curlToolsList(url: string, open: boolean): string {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta } };
  return [
    `curl -s ${url}/mcp -H 'content-type: application/json'`,
    ...(open ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    "-H 'accept: application/json, text/event-stream'",
    "-H 'mcp-protocol-version: 2026-07-28' -H 'mcp-method: tools/list'",
    `-d '${JSON.stringify(message)}'`,
  ].join(` \\${CURL_INDENT}`);
}
