import middy from "@middy/core";
import type { SocketAnswer, SocketHandler } from "../../core/connection/socket-event.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ConnectionPlace, Push } from "../../core/ports/push.ts";
import { EventUnknown } from "./http-call.ts";
import type { Invocation } from "./lambda-call.ts";
import type { LambdaHandler } from "./lambda-http.ts";
import {
  readSocketEvent,
  type SocketAuthorizing,
  type SocketConnecting,
  type SocketInvocation,
  type SocketMessage,
  socketContext,
} from "./socket-event.ts";
import { warmUp } from "./warm-up.ts";

/** What is written down of one event. */
export interface SocketLine {
  readonly atEpochMs: number;
  readonly requestId: string;
  readonly event: SocketInvocation["event"];
  readonly connectionId: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface LambdaSockets {
  readonly handler: SocketHandler;
  /** The name under which a connection's record says who holds it. */
  readonly gatewayOf: (apiId: string) => string;
  /** For answers of several texts, and for ends. */
  readonly push: Push;
  /** Awaited before each event. */
  readonly refresh: () => Promise<unknown>;
  /** Awaited after each. Does not throw. */
  readonly eventEnded: (line: SocketLine) => Promise<unknown>;
  readonly clock: Clock;
}

/** An event came for a connection of which the authorizer was never asked. */
export class SocketUnauthorized extends Error {
  readonly code = "socket_unauthorized";
  constructor() {
    super("an event of a connection came without what its authorizer had let it in with");
    this.name = "SocketUnauthorized";
  }
}

interface Answered {
  readonly status: number;
  readonly answer: object;
}

const DONE: Answered = { status: 200, answer: { statusCode: 200 } };

/**
 * A function behind a WebSocket API: its authorizer, and what every route of its leads to.
 *
 * An answer of one text goes back as the response of its route. Of several, those before the last are sent to the connection
 * before, and so come in their order; as do all where the connection is ended after them.
 */
export function lambdaSockets(sockets: LambdaSockets): LambdaHandler {
  const { clock, refresh, eventEnded } = sockets;
  const answer = async (raw: unknown, invocation: Invocation): Promise<object> => {
    const event = readSocketEvent(raw);
    if (!event.ok) throw new EventUnknown(event.problem.detail);
    const atEpochMs = clock.nowMs();
    await refresh();
    const answered = await answeredOf(sockets, event.value);
    await eventEnded({
      ...{ atEpochMs, requestId: invocation.awsRequestId, durationMs: clock.nowMs() - atEpochMs },
      ...{ event: event.value.event, connectionId: event.value.connectionId, status: answered.status },
    });
    return answered.answer;
  };
  return middy(answer, { timeoutEarlyInMillis: 0 }).use(warmUp);
}

async function answeredOf(sockets: LambdaSockets, event: SocketInvocation): Promise<Answered> {
  const { handler, gatewayOf } = sockets;
  const place = { connectionId: event.connectionId, gateway: gatewayOf(event.apiId) };
  switch (event.event) {
    case "authorizing":
      return authorized(handler, place, event);
    case "connecting":
      return connected(event);
    case "message":
      return messageAnswered(sockets, place, event);
    case "disconnected":
      await handler.closed({ event: "closed", ...place });
      return DONE;
  }
}

const FORBIDDEN = 403;

/**
 * An authorizer can say yes or no, and no is 403. What else is to be said is told to the route of `$connect`, which may answer
 * with any status.
 */
async function authorized(
  handler: SocketHandler,
  place: ConnectionPlace,
  { methodArn, origin, subprotocols, authorization, clientAddress }: SocketAuthorizing,
): Promise<Answered> {
  const shown = { origin, subprotocols, authorization, clientAddress };
  const opening = await handler.opening({ event: "opening", ...place, ...shown });
  const mayAsk = opening.accepted || opening.status !== FORBIDDEN;
  const context = opening.accepted
    ? { isRefused: false as const, memo: opening.memo, subprotocol: opening.subprotocol }
    : { isRefused: true as const, status: opening.status };
  const statement = { Action: "execute-api:Invoke", Effect: mayAsk ? "Allow" : "Deny", Resource: methodArn };
  return {
    status: opening.accepted ? 200 : opening.status,
    answer: {
      principalId: place.connectionId,
      policyDocument: { Version: "2012-10-17", Statement: [statement] },
      ...(mayAsk && { context: socketContext(context) }),
    },
  };
}

/** A browser fails a connection whose server names none of the subprotocols that it has offered. */
function connected({ context }: SocketConnecting): Answered {
  if (context.isRefused) return { status: context.status, answer: { statusCode: context.status } };
  const { subprotocol } = context;
  const headers = subprotocol === undefined ? {} : { headers: { "Sec-WebSocket-Protocol": subprotocol } };
  return { status: 200, answer: { statusCode: 200, ...headers } };
}

async function messageAnswered(
  { handler, push }: LambdaSockets,
  place: ConnectionPlace,
  { context, text }: SocketMessage,
): Promise<Answered> {
  if (context.isRefused) throw new SocketUnauthorized();
  const { texts, close }: SocketAnswer = await handler.text({ event: "text", ...place, memo: context.memo, text });
  const last = close === undefined ? texts.at(-1) : undefined;
  const before = last === undefined ? texts : texts.slice(0, -1);
  if (before.length > 0) await push.send([place], before);
  if (close !== undefined) await push.close(place, close);
  return last === undefined ? DONE : { status: 200, answer: { statusCode: 200, body: last } };
}
