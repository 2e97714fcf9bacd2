import * as http from "node:http";
import * as https from "node:https";
import type { Clock } from "../../core/ports/clock.ts";
import type { Credentials } from "../signature.ts";
import { POSTS_AT_ONCE } from "./limits.ts";
import { type ConnectionCall, signedCall } from "./signed-call.ts";
import { gatewayEndpoint, type SocketGateway } from "./socket-gateway.ts";

/** What the service said of one command. */
export interface ConnectionAnswer {
  readonly status: number;
  /** The service's own word for an error, where it had one. */
  readonly error: string;
  readonly message: string;
}

/** Commands to connections that API Gateway holds, in any region. One try each. */
export interface ConnectionsClient {
  /** Rejects with Node's own error where nobody answers in time. */
  call(
    gateway: SocketGateway,
    command: Pick<ConnectionCall, "method" | "connectionId" | "text">,
    timeoutMs: number,
  ): Promise<ConnectionAnswer>;
  /** Lets go of the connections. */
  close(): void;
}

export interface ConnectionsClientParts {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Where another than AWS's own endpoints answers, as an emulator. @default each API's own */
  readonly endpoint?: string | undefined;
}

/** What is read of a refusal. */
const REFUSAL_BYTES_MAX = 4 * 1024;

/** Without the SDK, over kept connections: a signature and a request are all that there is to it. */
export function connectionsClient({ credentials, clock, endpoint: told }: ConnectionsClientParts): ConnectionsClient {
  const options = { keepAlive: true, maxSockets: POSTS_AT_ONCE };
  const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };

  return {
    call(gateway, command, timeoutMs) {
      const endpoint = told === undefined ? gatewayEndpoint(gateway) : new URL(told);
      const { region } = gateway;
      const { path, headers } = signedCall({ ...command, endpoint, region, credentials, nowMs: clock.nowMs() });
      const agent = endpoint.protocol === "http:" ? agents["http:"] : agents["https:"];
      return sent({ ...command, endpoint, path, headers, agent }, AbortSignal.timeout(timeoutMs)).catch((error) => {
        letGoOfIdle(agent);
        throw error;
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

interface Sending extends Pick<ConnectionCall, "method" | "text" | "endpoint"> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: http.Agent;
}

function sent(
  { method, text, endpoint, path, headers, agent }: Sending,
  signal: AbortSignal,
): Promise<ConnectionAnswer> {
  const { request } = endpoint.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, endpoint), { method, headers, agent, signal });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        if (body.length < REFUSAL_BYTES_MAX) body += chunk;
      });
      incoming.on("error", reject);
      incoming.on("end", () => resolve(answerIn(incoming, body)));
    });
    outgoing.end(text);
  });
}

function answerIn({ statusCode = 0, headers }: http.IncomingMessage, body: string): ConnectionAnswer {
  const [error = ""] = String(headers["x-amzn-errortype"] ?? "").split(":");
  return { status: statusCode, error, message: body };
}

/** Where one connection broke, those kept with it may be as dead: a function is frozen between calls and hears of no end. */
function letGoOfIdle({ freeSockets }: http.Agent): void {
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}
