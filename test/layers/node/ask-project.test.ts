import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { askProject, type ProjectRequest } from "../../../layers/node/ask-project.ts";
import { deafService } from "../../fixtures/deaf-service.ts";
import { freePort } from "../../fixtures/free-port.ts";

async function portOf(answers: RequestListener): Promise<number> {
  const server = createServer(answers).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object(server.address()).port;
}

const asked = (port: number, given: Partial<ProjectRequest> = {}) =>
  askProject({
    ...{ host: "127.0.0.1", port, method: "GET", path: "/", headers: { host: "own" }, replyHeaderBytesMax: 1_024 },
    ...{ replyTimeoutMs: 10_000, signal: new AbortController().signal, sendBody: (asking) => void asking.end() },
    ...given,
  });

const told = (answer: IncomingMessage | string): Promise<string> =>
  typeof answer === "string" ? Promise.resolve(answer) : text(answer);

test("a request is sent as it is given, and its reply can be read", async () => {
  const port = await portOf(
    (request, reply) => void reply.end(`${request.method} ${request.url} ${request.headers.host}`),
  );

  expect(await told(await asked(port, { method: "PUT", path: "/a?b" }))).toBe("PUT /a?b own");
});

describe("there is no reply", () => {
  test("where nobody listens", async () => {
    expect(await asked(await freePort())).toBe("not_listening");
  });

  test("where nobody so much as refuses, for as long as a connection may take", async () => {
    const { endpoint } = await deafService();
    const { port } = new URL(String(endpoint));

    expect(await asked(Number(port), { connectTimeoutMs: 100 })).toBe("unreachable");
  });

  test("where what is there answers with what is no HTTP, hangs up, or says too much in its head", async () => {
    const strange = await portOf((request) => void request.socket.end("hello\r\n\r\n"));
    const hanging = await portOf((request) => void request.socket.destroy());
    const talking = await portOf((_request, reply) => void reply.setHeader("x", "y".repeat(2_000)).end());

    expect(await Promise.all([strange, hanging, talking].map((port) => asked(port)))).toEqual(Array(3).fill("broken"));
  });

  test("where it does not begin in time, also where the connection is there in time", async () => {
    const port = await portOf(() => {});

    expect(await asked(port, { replyTimeoutMs: 2_500, connectTimeoutMs: 2_400 })).toBe("timed_out");
  });
});

test("a reply that has begun is not held to the time of its beginning, and ends with the signal", async () => {
  const port = await portOf((_request, reply) => void reply.write("first"));

  const answer = await asked(port, { replyTimeoutMs: 2_500, signal: AbortSignal.timeout(3_500) });

  expect(answer).not.toBeTypeOf("string");
  await expect(told(answer)).rejects.toThrow("aborted");
});
