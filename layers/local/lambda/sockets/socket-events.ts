import { SOCKET_STAGE } from "../../../core/deployment/socket-stage.ts";
import type { HttpRequest } from "../../../core/http/http-message.ts";
import { forwardedHeaders, valuesByName } from "../forwarded.ts";

/** Where an API lies, as its events tell it. */
export const LOCAL_API_ID = "local";
const ACCOUNT_ID = "000000000000";

/** What API Gateway knows of a connection, from its opening to its end. */
export interface SocketFacts {
  readonly connectionId: string;
  readonly region: string;
  /** Of the opening. */
  readonly request: HttpRequest;
  readonly connectedAtEpochMs: number;
}

interface Happening {
  readonly requestId: string;
  readonly atEpochMs: number;
}

/** What an authorizer has said of a connection, and what every later event has of it. */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

/**
 * The events of a WebSocket API. Sources: API Gateway developer guide, "Control access to WebSocket APIs with AWS Lambda REQUEST
 * authorizers" and "Set up a WebSocket API integration request" (read 2026-11-21).
 *
 * Not as there: names of headers are in lower case, and repeated headers are joined.
 */
export function authorizerEvent(facts: SocketFacts, happening: Happening): object {
  const { region } = facts;
  return {
    type: "REQUEST",
    methodArn: `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${LOCAL_API_ID}/${SOCKET_STAGE}/$connect`,
    ...headersOf(facts),
    ...queryOf(facts),
    stageVariables: {},
    requestContext: contextOf(facts, { ...happening, routeKey: "$connect", eventType: "CONNECT" }),
  };
}

export function connectEvent(facts: SocketFacts, happening: Happening, authorizer: AuthorizerContext): object {
  const requestContext = contextOf(facts, { ...happening, routeKey: "$connect", eventType: "CONNECT" });
  return {
    ...headersOf(facts),
    ...queryOf(facts),
    requestContext: { ...requestContext, authorizer },
    isBase64Encoded: false,
  };
}

export function messageEvent(
  facts: SocketFacts,
  happening: Happening & { readonly text: string },
  authorizer: AuthorizerContext,
): object {
  const { requestId } = happening;
  const requestContext = contextOf(facts, { ...happening, routeKey: "$default", eventType: "MESSAGE" });
  return {
    requestContext: { ...requestContext, messageId: requestId, authorizer },
    body: happening.text,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(
  facts: SocketFacts,
  happening: Happening & { readonly code: number; readonly reason: string },
  authorizer: AuthorizerContext,
): object {
  const { code: disconnectStatusCode, reason: disconnectReason } = happening;
  const requestContext = contextOf(facts, { ...happening, routeKey: "$disconnect", eventType: "DISCONNECT" });
  const { host = "" } = facts.request.headers;
  return {
    headers: { host, "x-api-key": "", "x-restapi": "" },
    multiValueHeaders: { host: [host], "x-api-key": [""], "x-restapi": [""] },
    requestContext: { ...requestContext, disconnectStatusCode, disconnectReason, authorizer },
    isBase64Encoded: false,
  };
}

function headersOf({ request }: SocketFacts) {
  const headers = forwardedHeaders(request);
  return { headers: Object.fromEntries(headers), multiValueHeaders: valuesByName(headers) };
}

function queryOf({ request }: SocketFacts) {
  const query = [...new URLSearchParams(request.query)];
  return {
    queryStringParameters: Object.fromEntries(query),
    multiValueQueryStringParameters: valuesByName(query),
  };
}

function contextOf(
  { connectionId, request, connectedAtEpochMs }: SocketFacts,
  { requestId, atEpochMs, ...what }: Happening & { readonly routeKey: string; readonly eventType: string },
) {
  return {
    routeKey: what.routeKey,
    eventType: what.eventType,
    extendedRequestId: requestId,
    messageDirection: "IN",
    stage: SOCKET_STAGE,
    connectedAt: connectedAtEpochMs,
    requestTimeEpoch: atEpochMs,
    identity: { sourceIp: request.remoteAddress, userAgent: request.headers["user-agent"] ?? null },
    requestId,
    domainName: request.headers.host ?? "",
    connectionId,
    apiId: LOCAL_API_ID,
  };
}
