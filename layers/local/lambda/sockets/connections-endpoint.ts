import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { SOCKET_STAGE } from "../../../core/deployment/socket-stage.ts";
import type { HeldConnections } from "./held-connections.ts";

export interface ConnectionsEndpoint {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** An error as the service tells it. */
interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

const GONE: Refusal = { status: 410, type: "GoneException", message: "" };
const FORBIDDEN: Refusal = { status: 403, type: "ForbiddenException", message: "Missing Authentication Token" };
const TOO_LARGE: Refusal = { status: 413, type: "PayloadTooLargeException", message: "Message too long" };

/**
 * `@connections` of a WebSocket API, on loopback. Source: API Gateway Management API reference, PostToConnection and
 * DeleteConnection, and "Use @connections commands in your backend service" (read 2026-11-21). Whether a signature is right is
 * not looked at.
 */
export async function openConnectionsEndpoint(held: HeldConnections): Promise<ConnectionsEndpoint> {
  const server = createServer((incoming, outgoing) => {
    answer(held, incoming).then(
      (refusal) => reply(outgoing, refusal),
      () => outgoing.destroy(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const PREFIX = `/${SOCKET_STAGE}/@connections/`;

/** Undefined where it was done. */
async function answer(held: HeldConnections, incoming: IncomingMessage): Promise<Refusal | undefined> {
  const { method, url = "", headers } = incoming;
  const body = await text(incoming);
  if (!url.startsWith(PREFIX) || headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") !== true) return FORBIDDEN;
  const connectionId = decodeURIComponent(url.slice(PREFIX.length));
  if (method === "DELETE") return held.end(connectionId) ? undefined : GONE;
  if (method !== "POST") return FORBIDDEN;
  if (Buffer.byteLength(body) > held.limits.messageBytesMax) return TOO_LARGE;
  return held.post(connectionId, body) ? undefined : GONE;
}

function reply(outgoing: ServerResponse, refusal: Refusal | undefined): void {
  if (refusal === undefined) {
    outgoing.writeHead(outgoing.req.method === "DELETE" ? 204 : 200).end();
    return;
  }
  const { status, type, message } = refusal;
  outgoing.writeHead(status, { "x-amzn-errortype": type, "content-type": "application/json" });
  outgoing.end(JSON.stringify({ message }));
}
