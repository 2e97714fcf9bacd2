import { execFile } from "node:child_process";
import { execPath } from "node:process";
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import type { OAuthClientProvider as ProviderV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { UnauthorizedError as UnauthorizedV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, apiCell } from "../fixtures/api-cell.ts";
import { freePort } from "../fixtures/free-port.ts";
import { openPage } from "../fixtures/oauth-person.ts";
import { OAuthProgram } from "../fixtures/oauth-program.ts";

/** Signing in as the official clients do it by themselves, over real sockets: they are only told the address of the server. */

let cell: ApiCell;
beforeAll(async () => {
  cell = await apiCell();
});
afterAll(() => cell.close());

const IDENTITY = { name: "skein-tests", version: "1.0.0" };
const transportOf = (program: OAuthProgram) => new TransportV2(new URL("/mcp", cell.url), { authProvider: program });

async function connected(program: OAuthProgram): Promise<ClientV2> {
  const client = new ClientV2(IDENTITY, { versionNegotiation: { mode: "auto" } });
  await client.connect(transportOf(program));
  return client;
}

/** The person allows what the program asks for, with a token of their own. */
async function allow(program: OAuthProgram, token = cell.owner): Promise<URLSearchParams> {
  const page = await openPage(program.sentTo ?? "");
  const { location } = await page.decide("allow", token);
  return location?.searchParams ?? new URLSearchParams();
}

async function signedIn(token?: string): Promise<OAuthProgram> {
  const program = new OAuthProgram();
  await connected(program).catch((error: unknown) => expect(error).toBeInstanceOf(UnauthorizedError));
  await transportOf(program).finishAuth(await allow(program, token));
  return program;
}

test("the SDK's second version is led from the first 401 to a tool's answer", async () => {
  const program = await signedIn();
  const client = await connected(program);

  const { content } = await client.callTool({
    name: "cyberchef_bake",
    arguments: { input: "SGVsbG8sIGdlZXNlIQ==", recipe: [{ op: "From Base64" }] },
  });

  expect(content).toEqual([{ type: "text", text: "Hello, geese!" }]);
  expect(program.sentTo?.searchParams.get("resource")).toBe(`${cell.url}/mcp`);
  expect(program.kept).toMatchObject({ token_type: "Bearer", scope: "mcp:read mcp:call" });
  await client.close();
});

test("the person is shown who asks, where the answer goes and what for, and may say no", async () => {
  const program = new OAuthProgram();
  await connected(program).catch(() => undefined);
  const page = await openPage(program.sentTo ?? "");

  const { status, location } = await page.decide("deny");

  expect(page.html).toContain("<strong>Test &lt;program&gt;</strong>");
  expect(page.html).toContain("<strong>127.0.0.1:7777</strong>");
  expect(page.html).toContain("<code>mcp:call</code>");
  expect(status).toBe(303);
  expect(Object.fromEntries(location?.searchParams ?? [])).toEqual({
    error: "access_denied",
    state: "state-1",
    iss: cell.url,
  });
});

test("a program whose token is over goes on without its person", async () => {
  const program = await signedIn();
  const before = program.kept;
  const over = cell.token({ lifetimeSeconds: -60 });
  program.kept = { ...before, access_token: over, token_type: "Bearer" };
  program.sentTo = undefined;

  const client = await connected(program);

  expect((await client.listTools()).tools).not.toEqual([]);
  expect(program.sentTo).toBeUndefined();
  expect(program.kept.refresh_token).not.toBe(before?.refresh_token);
  await client.close();
});

test("a program that lacks a scope is led to its person again, and asks for all that it needs", async () => {
  const program = await signedIn(cell.token({ scopes: ["mcp:read"] }));
  const transport = transportOf(program);
  const client = new ClientV2(IDENTITY, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  const call = () =>
    client.callTool({ name: "cyberchef_recipe_create", arguments: { name: "r", operations: [{ op: "From Base64" }] } });
  expect(program.kept?.scope).toBe("mcp:read");

  await expect(call()).rejects.toThrow();
  await transport.finishAuth(await allow(program));
  const { isError } = await call();

  expect(program.sentTo?.searchParams.get("scope")?.split(" ").sort()).toEqual(["mcp:call", "mcp:read"]);
  expect(isError).not.toBe(true);
  await client.close();
});

test("the SDK's first version is led the same way", async () => {
  const program = new OAuthProgram();
  const provider: ProviderV1 = program;
  const transport = () => new TransportV1(new URL("/mcp", cell.url), { authProvider: provider });
  const client = new ClientV1(IDENTITY);

  await client.connect(transport()).catch((error: unknown) => expect(error).toBeInstanceOf(UnauthorizedV1));
  await transport().finishAuth((await allow(program)).get("code") ?? "");
  const again = new ClientV1(IDENTITY);
  await again.connect(transport());

  expect((await again.listTools()).tools).not.toEqual([]);
  await again.close();
});

/** Starts the suite, and does what it asks its person to do. */
function conformanceRun(args: readonly string[]): Promise<string> {
  const suite = "node_modules/@modelcontextprotocol/conformance/dist/index.js";
  const address = new RegExp(`${cell.url}/oauth/authorize\\?\\S+(?=\\s)`);
  return new Promise((resolve) => {
    let seen = "";
    let visited = false;
    const child = execFile(execPath, [suite, ...args], { timeout: 25_000 }, (_error, stdout) => resolve(stdout));
    child.stdout?.on("data", async (chunk: string) => {
      seen += chunk;
      const page = address.exec(seen)?.[0];
      if (page === undefined || !seen.includes("Callback server started") || visited) return;
      visited = true;
      const { location } = await (await openPage(page)).decide("allow", cell.owner);
      await fetch(location ?? "");
    });
  });
}

test("the conformance suite of authorization servers finds nothing wrong", async () => {
  const { json } = await cell.ask("POST", "/oauth/register", {
    json: { redirect_uris: ["http://127.0.0.1/callback"] },
  });
  const { client_id: clientId } = z.object({ client_id: z.string() }).parse(json);
  const port = String(await freePort());

  const output = await conformanceRun([
    ...["authorization", "--url", cell.url, "--resource", `${cell.url}/mcp`],
    ...["--client-id", clientId, "--port", port],
  ]);

  expect(output).toMatch(/authorization-server-metadata-endpoint: 2 passed, 0 failed/);
  expect(output).toMatch(/authorization-code-grant: 1 passed, 0 failed/);
});
