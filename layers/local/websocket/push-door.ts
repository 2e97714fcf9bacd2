import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { PushOutcome } from "../../core/ports/push.ts";
import { PUSH_BODY_BYTES_MAX, PUSH_DOOR_IDLE_MS_MAX, PUSH_TIMEOUT_MS } from "./limits.ts";
import type { OwnSockets } from "./local-push.ts";
import { CLOSE_PATH, parseCloseOrder, parsePushOrder, SEND_PATH } from "./push-message.ts";
import { WireText } from "./wire-text.ts";

export interface PushDoorParts {
  readonly own: OwnSockets;
  readonly secret: string;
}

export interface PushDoor {
  /** Without a slash at the end. On this machine alone. */
  readonly address: string;
  close(): Promise<void>;
}

/** Lets the other processes of the data folder send to what this one holds. */
export async function openPushDoor(parts: PushDoorParts): Promise<PushDoor> {
  const server = createServer((incoming, outgoing) => {
    answer(parts, incoming).then(
      (reply) => send(outgoing, reply),
      () => outgoing.destroy(),
    );
  });
  server.headersTimeout = PUSH_TIMEOUT_MS;
  server.requestTimeout = PUSH_TIMEOUT_MS;
  server.keepAliveTimeout = PUSH_DOOR_IDLE_MS_MAX;
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string") throw new TypeError("a TCP server has an address");
      resolve(bound.port);
    });
  });
  return {
    address: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

async function answer(parts: PushDoorParts, incoming: IncomingMessage): Promise<Reply> {
  if (!isSecret(parts.secret, incoming.headers.authorization)) return FORBIDDEN;
  const body = await bodyOf(incoming);
  if (body === undefined) return TOO_LARGE;
  switch (incoming.url) {
    case SEND_PATH:
      return await sent(parts, body);
    case CLOSE_PATH:
      return closed(parts, body);
    default:
      return NOT_FOUND;
  }
}

/** Of another gateway, whose port this process may have got, nothing is here. */
async function sent({ own }: PushDoorParts, body: string): Promise<Reply> {
  const order = parsePushOrder(body);
  if (order === undefined) return MALFORMED;
  const texts = order.texts.map((text) => new WireText(text));
  const sockets = own.gateways.has(order.gateway) ? own.sockets : undefined;
  const outcomes = order.connectionIds.map((id): Sending => sockets?.send(id, texts) ?? "gone");
  const isAnySlow = outcomes.some((outcome) => typeof outcome !== "string");
  return { status: 200, body: { outcomes: isAnySlow ? await Promise.all(outcomes) : outcomes } };
}

type Sending = PushOutcome | Promise<PushOutcome>;

function closed({ own }: PushDoorParts, body: string): Reply {
  const order = parseCloseOrder(body);
  if (order === undefined) return MALFORMED;
  if (own.gateways.has(order.gateway)) own.sockets?.close(order.connectionId, order);
  return { status: 200, body: {} };
}

function isSecret(secret: string, authorization = ""): boolean {
  const right = Buffer.from(`Bearer ${secret}`);
  const given = Buffer.from(authorization);
  return given.byteLength === right.byteLength && timingSafeEqual(given, right);
}

/** Undefined of one that is too large. */
async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes > PUSH_BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(outgoing: ServerResponse, { status, body }: Reply): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(JSON.stringify(body));
}

const FORBIDDEN: Reply = { status: 403, body: { code: "forbidden" } };
const NOT_FOUND: Reply = { status: 404, body: { code: "not_found" } };
const MALFORMED: Reply = { status: 400, body: { code: "order_malformed" } };
const TOO_LARGE: Reply = { status: 413, body: { code: "body_too_large" } };
