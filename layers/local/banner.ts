import { VERSION } from "../core/version.ts";

/** What a person sees at the start: where it is, how to connect, where the data lies. */
export function banner({ url, dataDir }: { readonly url: string; readonly dataDir: string }): string {
  return `
skein ${VERSION}

  MCP            ${url}/mcp
  User sessions  ${url}/api/sessions
  Data           ${dataDir}
  Log            ${dataDir}/log/calls.ndjson, a line a call

  Connect
    Claude Code  claude mcp add --transport http skein ${url}/mcp
    Inspector    npx @modelcontextprotocol/inspector --cli ${url}/mcp --transport http --method tools/list
    curl         ${curlToolsList(url)}

`;
}

const CURL_INDENT = `\n${" ".repeat(17)}`;

function curlToolsList(url: string): string {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta } };
  return [
    `curl -s ${url}/mcp -H 'content-type: application/json'`,
    "-H 'accept: application/json, text/event-stream'",
    "-H 'mcp-protocol-version: 2026-07-28' -H 'mcp-method: tools/list'",
    `-d '${JSON.stringify(message)}'`,
  ].join(` \\${CURL_INDENT}`);
}
