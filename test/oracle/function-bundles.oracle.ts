import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HttpRequest } from "../../layers/core/http/http-message.ts";
import { deployLocally, type LocalDeployment } from "../../scripts/lambda/local-deployment.ts";
import { aRequest } from "../fixtures/http-call.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { byOfficial, byOurs, type Seen } from "./lambda-runtime/both-runtimes.ts";
import { deployedFunction, invocationOf, mcpRequest, modernRequest } from "./lambda-runtime/bundle-calls.ts";
import { INSTALL_TIMEOUT_MS, installOfficialRuntime } from "./lambda-runtime/official-runtime.ts";

/** The functions' own bundles, as they are deployed, come to the same under AWS's own runtime and under ours. */
beforeAll(installOfficialRuntime, INSTALL_TIMEOUT_MS);

type Asking = (accessKey: string) => HttpRequest;

const mcp =
  (method: string, params: Readonly<Record<string, unknown>>): Asking =>
  (accessKey) =>
    modernRequest(accessKey, method, params);

const clientInfo = { name: "oracle", version: "1" };

const initialize: Asking = (accessKey) => {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  return mcpRequest(accessKey, { method: "initialize", params });
};

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
    [mcp("tools/call", bake), 200],
    [mcp("tools/call", { name: "no_such_tool", arguments: {} }), 200],
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
    const of = deployedFunction(deployment, name);
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
      const of = { ...deployedFunction(deployment, name), variables: {} };
      const invocations = [invocationOf(frontDoor, aRequest())];

      const [ours, official] = [await byOurs(of, invocations), await byOfficial(of, invocations)];

      expect(ours).toMatchObject([{ kind: "error", error: { errorMessage: expect.stringContaining("settings") } }]);
      expect(ours).toEqual(official);
    },
  );
});

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
