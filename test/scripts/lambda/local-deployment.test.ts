import { expect, onTestFinished, test } from "vitest";
import type { FrontDoor } from "../../../layers/core/deployment/function-shape.ts";
import { HOST_DOOR, STREAM_TIMEOUT_MS } from "../../../layers/local/lambda/limits.ts";
import { deployLocally, type LocalDeployment } from "../../../scripts/lambda/local-deployment.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

async function deployed(frontDoor: FrontDoor): Promise<LocalDeployment> {
  const deployment = await deployLocally({ dataDir: await testFolder(), surface: "index", frontDoor });
  onTestFinished(deployment.close);
  return deployment;
}

const timeoutsOf = ({ functions }: LocalDeployment): object =>
  Object.fromEntries(functions.map(({ shape, timeoutMs }) => [shape.name, timeoutMs]));

const replyModeOf = ({ functions }: LocalDeployment): string | undefined =>
  functions.find(({ shape }) => shape.name === "mcp")?.variables.REPLY_MODE;

test("behind a REST API functions have the times of that one, and MCP streams", async () => {
  const deployment = await deployed("rest");

  expect(deployment.door).toEqual({ kind: "rest" });
  expect(timeoutsOf(deployment)).toMatchObject({ mcp: 900_000, sessions: 29_000, health: 10_000 });
  expect(replyModeOf(deployment)).toBe("stream");
});

test("behind a load balancer functions have the times of that one, MCP answers whole, and the rest is as deployed", async () => {
  const deployment = await deployed("alb");

  expect(deployment.door).toMatchObject({
    kind: "alb",
    idleTimeoutMs: 65_000,
    unrouted: {
      status: 404,
      headers: { "content-type": "application/json" },
      body: '{"error":{"code":"path_unknown"}}',
    },
  });
  expect(timeoutsOf(deployment)).toMatchObject({ mcp: 60_000, sessions: 29_000, health: 10_000 });
  expect(replyModeOf(deployment)).toBe("buffer");
});

test("no socket ends a call before its front door does", () => {
  expect(HOST_DOOR.callTimeoutMs).toBeGreaterThan(STREAM_TIMEOUT_MS);
});
