import { once } from "node:events";
import { createServer } from "node:http";
import * as z from "zod";
import type { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { HeldConnections } from "../../layers/local/lambda/sockets/held-connections.ts";
import { authorizerEvent, messageEvent, type SocketFacts } from "../../layers/local/lambda/sockets/socket-events.ts";
import { answerOf, type ColdCall } from "./calls.ts";

const PROTOCOL = "skein.v1";

/** A client that is connected and hears what it is sent, and stays so until it is closed. */
export interface HeldClient {
  readonly connectionId: string;
  close(): Promise<void>;
}

export async function heldClient(held: HeldConnections): Promise<HeldClient> {
  const connectionId = "bench0000000=";
  const server = createServer().on("upgrade", (incoming, socket, head) => {
    const told = { message: () => {}, closed: () => {} };
    held.take({ connectionId, subprotocol: PROTOCOL, incoming, socket, head }, told);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, PROTOCOL);
  await once(client, "open");
  return {
    connectionId,
    async close() {
      client.close();
      server.close();
      await once(server, "close");
    },
  };
}

export interface Connecting {
  readonly connectionId: string;
  readonly region: string;
  readonly accessKey: string;
  /** To be joined. @default - none */
  readonly channels?: readonly string[];
}

const Policy = z.object({ context: z.record(z.string(), z.string()) });

/** The first frame of a connection that its authorizer has let in. Said again it is answered as the first was. */
export async function connectCall(
  authorizer: Pick<EnvironmentPool, "invoke">,
  { connectionId, region, accessKey, channels = [] }: Connecting,
): Promise<ColdCall> {
  const facts: SocketFacts = {
    ...{ connectionId, region, connectedAtEpochMs: Date.now() },
    request: {
      ...{ method: "GET", path: "/ws", query: "", body: new Uint8Array(), remoteAddress: "127.0.0.1", tls: true },
      headers: { host: "127.0.0.1", "sec-websocket-protocol": PROTOCOL },
    },
  };
  const happening = (requestId: string) => ({ requestId, atEpochMs: Date.now() });
  const judged = await answerOf(authorizer, {
    event: (requestId) => JSON.stringify(authorizerEvent(facts, happening(requestId))),
    answer: '"Effect":"Allow"',
  });
  const { context } = Policy.parse(JSON.parse(judged));
  const text = JSON.stringify({ type: "connect", token: accessKey, channels });
  return {
    event: (requestId) => JSON.stringify(messageEvent(facts, { ...happening(requestId), text }, context)),
    answer: '"type":"connect_ack"',
  };
}
