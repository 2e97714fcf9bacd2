import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { parsedJson } from "../../core/parsed-json.ts";
import { ok, type Result, refused, unreachable } from "../../core/result.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { messageLines } from "./message-lines.ts";
import type { RunHost } from "./run-host.ts";
import {
  PROTOCOL_VERSION,
  parseEnvelope,
  parseRequest,
  type RunnerAnswers,
  type RunnerRequest,
} from "./runner-messages.ts";

export interface RunnerServer {
  /** Requests that are not answered yet. */
  readonly pending: number;
  close(): Promise<void>;
}

/** Takes requests on a socket that its owner alone can open. What was there before is nobody's: the caller holds the lock. */
export async function openRunnerServer(
  socket: string,
  { host, report }: { readonly host: RunHost; report(fault: unknown): void },
): Promise<RunnerServer> {
  let pending = 0;
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
    // A cell that is gone asks no more.
    connection.on("error", () => {});
    messageLines(connection, (line) => void answer(connection, line));
  });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);

  async function answer(connection: Socket, line: string): Promise<void> {
    const envelope = parseEnvelope(parsedJson(line));
    if (!envelope.ok) {
      connection.destroy();
      return;
    }
    const { id } = envelope.value;
    pending++;
    try {
      const request = readRequest(envelope.value);
      const reply = request.ok
        ? { id, kind: "answer", answer: await answerOf(host, request.value) }
        : { id, kind: "fault", ...request.problem };
      connection.write(`${JSON.stringify(reply)}\n`);
    } catch (fault) {
      report(fault);
      const reply = {
        id,
        kind: "fault",
        code: faultCode(fault) ?? "internal",
        message: "the runner has written it down",
      };
      connection.write(`${JSON.stringify(reply)}\n`);
    } finally {
      pending--;
    }
  }

  return {
    get pending() {
      return pending;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
}

function readRequest(envelope: {
  readonly version: number;
  readonly request: unknown;
}): Result<RunnerRequest, { readonly code: string; readonly message: string }> {
  if (envelope.version !== PROTOCOL_VERSION) {
    const message = `this runner speaks version ${PROTOCOL_VERSION}; it ends by itself a minute after its last project`;
    return refused({ code: "runner_version_differs", message });
  }
  const request = parseRequest(envelope.request);
  return request.ok ? ok(request.value) : refused({ code: "request_malformed", message: request.problem.why });
}

async function answerOf(host: RunHost, request: RunnerRequest): Promise<RunnerAnswers[RunnerRequest["kind"]]> {
  const { tenantId } = request;
  switch (request.kind) {
    case "start":
      return host.start(tenantId, request);
    case "stop":
      return host.stop(tenantId, request.runId, request);
    case "look":
      return host.look(tenantId, request.runIds);
    default:
      return unreachable(request);
  }
}
