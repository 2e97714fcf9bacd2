import type { Fields } from "../../core/fields.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { type EventUnreadable, joinedHeaders, readFields, valuesIn } from "./event-message.ts";

interface OfConnection {
  readonly connectionId: string;
  /** Of the API that holds it, unique in its region. */
  readonly apiId: string;
}

/** A client asks for a WebSocket, and API Gateway whether it may have one. */
export interface SocketAuthorizing extends OfConnection {
  readonly event: "authorizing";
  /** What an answer names that lets it in. */
  readonly methodArn: string;
  readonly origin: string | undefined;
  readonly subprotocols: readonly string[];
  readonly authorization: string | undefined;
  readonly clientAddress: string;
}

/** The authorizer has answered; the client waits still. */
export interface SocketConnecting extends OfConnection {
  readonly event: "connecting";
  readonly context: SocketContext;
}

export interface SocketMessage extends OfConnection {
  readonly event: "message";
  readonly context: SocketContext;
  readonly text: string;
}

export interface SocketDisconnected extends OfConnection {
  readonly event: "disconnected";
}

export type SocketInvocation = SocketAuthorizing | SocketConnecting | SocketMessage | SocketDisconnected;

/** What the authorizer has said of a connection, which API Gateway gives back with every event: texts alone. */
export type SocketContext =
  | { readonly isRefused: false; readonly memo: string; readonly subprotocol: string | undefined }
  | { readonly isRefused: true; readonly status: number };

/** As the authorizer is to answer it. */
export function socketContext(context: SocketContext): Readonly<Record<string, string>> {
  if (context.isRefused) return { refused: String(context.status) };
  const { memo, subprotocol = "" } = context;
  return { memo, subprotocol };
}

/**
 * What a WebSocket API sends to its one function. Sources: API Gateway developer guide, "Control access to WebSocket APIs with
 * AWS Lambda REQUEST authorizers" and "Set up a WebSocket API integration request" (read 2026-11-21).
 */
export function readSocketEvent(raw: unknown): Result<SocketInvocation, EventUnreadable> {
  const read = readFields(socketEventIn, { raw, kind: "a WebSocket API" });
  if (!read.ok) return read;
  return read.value === undefined
    ? refused({ reason: "event_unreadable", detail: "no event of a WebSocket API: requestContext.eventType" })
    : ok(read.value);
}

function socketEventIn(event: Fields): SocketInvocation | undefined {
  const requestContext = event.within("requestContext");
  const of = {
    connectionId: requestContext.text("connectionId", { lengthMin: 1 }),
    apiId: requestContext.text("apiId", { lengthMin: 1 }),
  };
  if (event.is("type", "REQUEST")) return { event: "authorizing", ...of, ...openingIn(event, requestContext) };
  if (requestContext.is("eventType", "CONNECT"))
    return { event: "connecting", ...of, context: contextIn(requestContext) };
  if (requestContext.is("eventType", "MESSAGE")) {
    const text = event.has("body") ? event.text("body") : "";
    return { event: "message", ...of, context: contextIn(requestContext), text };
  }
  return requestContext.is("eventType", "DISCONNECT") ? { event: "disconnected", ...of } : undefined;
}

function openingIn(event: Fields, requestContext: Fields): Omit<SocketAuthorizing, keyof OfConnection | "event"> {
  const headers = joinedHeaders(event.has("multiValueHeaders") ? valuesIn(event, "multiValueHeaders") : {});
  const { origin, authorization, "sec-websocket-protocol": protocols = "" } = headers;
  return {
    methodArn: event.text("methodArn", { lengthMin: 1 }),
    subprotocols: protocols.split(",").flatMap((name) => name.trim() || []),
    clientAddress: requestContext.within("identity").text("sourceIp"),
    ...{ origin, authorization },
  };
}

function contextIn(requestContext: Fields): SocketContext {
  const context = requestContext.within("authorizer");
  if (context.has("refused")) return { isRefused: true, status: Number(context.text("refused")) };
  const subprotocol = context.has("subprotocol") ? context.text("subprotocol") : "";
  return {
    isRefused: false,
    memo: context.text("memo"),
    subprotocol: subprotocol === "" ? undefined : subprotocol,
  };
}
