import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FrontDoor } from "../../layers/core/deployment/function-shape.ts";
import type { HttpRequest } from "../../layers/core/http/http-message.ts";
import { albEvent } from "../../layers/local/lambda/alb-event.ts";
import type { HostedFunction } from "../../layers/local/lambda/hosted-function.ts";
import type { Invocation } from "../../layers/local/lambda/invocation.ts";
import { restEvent } from "../../layers/local/lambda/rest-event.ts";
import { deployLocally, type LocalDeployment } from "../../scripts/lambda/local-deployment.ts";
import { aRequest } from "../fixtures/http-call.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { byOfficial, byOurs, type Seen } from "./lambda-runtime/both-runtimes.ts";
import { INSTALL_TIMEOUT_MS, installOfficialRuntime } from "./lambda-runtime/official-runtime.ts";

/** The functions' own bundles, as they are deployed, come to the same under AWS's own runtime and under ours. */
beforeAll(installOfficialRuntime, INSTALL_TIMEOUT_MS);

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

type Asking = (accessKey: string) => HttpRequest;

function mcp(method: string, params: object, name?: string): Asking {
  return (accessKey) =>
    aRequest({
      method: "POST",
      path: "/mcp",
      headers: {
        authorization: `Bearer ${accessKey}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        ...(name !== undefined && { "mcp-name": name }),
      },
      body: Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } })),
    });
}

const initialize: Asking = (accessKey) =>
  aRequest({
    method: "POST",
    path: "/mcp",
    headers: {
      authorization: `Bearer ${accessKey}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    },
    body: Buffer.from(
      JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "oracle", version: "1" } },
      }),
    ),
  });

const get =
  (path: string, more: Partial<HttpRequest> = {}): Asking =>
  (accessKey) =>
    aRequest({ path, ...more, headers: { authorization: `Bearer ${accessKey}`, ...more.headers } });

const bake = { name: "cyberchef_bake", arguments: { input: "grün", recipe: [{ op: "To Base64" }] } };

/** What each function is asked, one after the other in one process, and the status that it answers with. */
const CALLS: Readonly<Record<string, readonly (readonly [Asking, number])[]>> = {
  mcp: [
    [mcp("server/discover", {}), 200],
    [mcp("tools/list", {}), 200],
    [mcp("tools/call", bake, "cyberchef_bake"), 200],
    [mcp("tools/call", { name: "no_such_tool", arguments: {} }, "no_such_tool"), 200],
    [mcp("subscriptions/listen", { notifications: { toolsListChanged: true } }), 200],
    [initialize, 200],
    [get("/mcp", { method: "PUT" }), 405],
    [() => aRequest({ method: "POST", path: "/mcp", headers: { "content-type": "application/json" } }), 401],
  ],
  sessions: [
    [get("/api/sessions"), 200],
    [get("/api/sessions", { query: "sessionId=00000000-0000-4000-8000-000000000000" }), 401],
    [get("/api/sessions", { method: "OPTIONS", headers: { origin: "http://localhost:3000" } }), 204],
    [() => aRequest({ path: "/api/sessions" }), 401],
  ],
  health: [
    [get("/health/live"), 200],
    [get("/health/ready"), 200],
    [get("/health/ready", { method: "HEAD" }), 200],
    [get("/health/else"), 404],
  ],
};

describe.each(["rest", "alb"] as const)("behind the front door %s", (frontDoor) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let deployment: LocalDeployment;

  beforeAll(async () => {
    folder = await temporaryFolder();
    deployment = await deployLocally({ dataDir: folder.path, surface: "index", frontDoor, listenMs: 1_000 });
  });

  afterAll(async () => {
    await deployment.close();
    await folder.remove();
  });

  test.each(Object.keys(CALLS))("the bundle of %s comes to the same as under AWS's own runtime", async (name) => {
    const of = hosted(deployment, name);
    const asked = CALLS[name] ?? [];
    const invocations = asked.map(([ask], index) => invocationOf(frontDoor, ask(deployment.accessKey), index));

    const [ours, official] = [await byOurs(of, invocations), await byOfficial(of, invocations)];

    const isStreamed = frontDoor === "rest" && name === "mcp";
    expect(ours.map(({ kind }) => kind)).toEqual(asked.map(() => (isStreamed ? "stream" : "whole")));
    expect(ours.map(statusOf)).toEqual(asked.map(([, status]) => status));
    expect(ours.map(comparable)).toEqual(official.map(comparable));
  });

  test.each(Object.keys(CALLS))(
    "the bundle of %s fails as under AWS's own runtime where no setting is given",
    async (name) => {
      const of = { ...hosted(deployment, name), variables: {} };
      const invocations = [invocationOf(frontDoor, aRequest(), 0)];

      const [ours, official] = [await byOurs(of, invocations), await byOfficial(of, invocations)];

      expect(ours).toMatchObject([{ kind: "error", error: { errorMessage: expect.stringContaining("settings") } }]);
      expect(ours).toEqual(official);
    },
  );
});

function hosted({ functions }: LocalDeployment, name: string): HostedFunction {
  const found = functions.find(({ shape }) => shape.name === name);
  if (found === undefined) throw new TypeError(`no function ${name}`);
  return { ...found, provisionedCount: 0, log: () => {} };
}

function invocationOf(frontDoor: FrontDoor, request: HttpRequest, index: number): Invocation {
  const requestId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const facts = { requestId, atEpochMs: Date.UTC(2027, 0, 1) };
  const event =
    frontDoor === "rest"
      ? restEvent(request, { ...facts, resource: request.path })
      : albEvent(request, { ...facts, targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/0" });
  return { requestId, event: JSON.stringify(event) };
}

/** The head of a stream ends at eight null bytes. */
function statusOf(seen: Seen): unknown {
  if (seen.kind === "error") return seen.error;
  const [json = ""] = seen.body.split("\0");
  return JSON.parse(json).statusCode;
}

/** What no two calls have in common: ids, versions and expiries of new sessions, moments, and what is left of a rate. */
const UNLIKE: readonly RegExp[] = [
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
  /(?<=hyperpage-session=|sessionId\\":\\")[\w-]{24}/g,
  /(?<="etag":\["\\")\w+/g,
  /\d{4}-\d\d-\d\dT[\d:.]+Z|\b1[789]\d{11}\b|(?<=Max-Age=)\d+/g,
  /(?<="ratelimit":\["\\"burst\\";)r=\d+;t=\d+/g,
];

function comparable(seen: Seen): Seen {
  if (seen.kind === "error") return seen;
  return { ...seen, body: UNLIKE.reduce((body, unlike) => body.replace(unlike, "…"), seen.body) };
}
