import type { SocketAnswer, SocketText } from "../../layers/core/connection/socket-event.ts";
import { type ChannelId, ownChannels } from "../../layers/core/message/channel.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { Principal } from "../../layers/core/tenant/principal.ts";
import type { ClientFrame } from "../../layers/people/wire/client-frame.ts";
import { CLOSE_CODES } from "../../layers/people/wire/close-code.ts";
import { connectAck } from "../../layers/people/wire/server-frame.ts";
import { ending, forbidden, notJoined } from "./answers.ts";
import { type Connector, CREDENTIAL_OVER, connectorOf, holderNow, type Refused } from "./connector.ts";
import { QUOTA_RETRY_SECONDS } from "./limits.ts";
import { parseMemo, type SocketMemo } from "./memo.ts";
import { openQuestionTexts } from "./open-questions.ts";
import { resumeTexts } from "./resume.ts";
import type { ConnectedClient, SocketParts } from "./socket-parts.ts";

export type ConnectFrame = Extract<ClientFrame, { readonly type: "connect" }>;

/** The first frame of a socket. Whoever is refused is told why, and the socket is closed. */
export async function connect(parts: SocketParts, event: SocketText, frame: ConnectFrame): Promise<SocketAnswer> {
  const memo = parseMemo(event.memo);
  const connector = await connectorNow(parts, memo, frame);
  if (!connector.ok) return refusedConnector(connector.problem);
  const { principal, policy, credentialEndsAtEpochMs } = connector.value;
  const { connectionId, gateway } = event;
  const may = mayAct(principal, "message.read");
  if (!may.ok) {
    const told = { requestId: connectionId, remoteAddress: memo.clientAddress };
    await parts.gate.rightRefused({ principal, action: "message.read", ...told });
    const close = { code: CLOSE_CODES.refused, reason: may.problem.reason };
    return { ...forbidden(may.problem, "connect", undefined), close };
  }
  const rate = await parts.gate.takeCall(policy);
  if (!rate.admitted) return later("rate_exceeded", "the tenant's calls are used up", rate.retryAfterSeconds);
  const draft = { connectionId, gateway, principal, protocol: memo.protocol };
  const ends = credentialEndsAtEpochMs === undefined ? {} : { endsAtEpochMs: credentialEndsAtEpochMs };
  const { connections: connectionsMax } = policy.limits;
  const opened = await parts.connections.open({ ...draft, ...ends }, { connectionsMax });
  if (opened.ok) return welcome(parts, { connection: opened.value, principal }, frame);
  if (opened.problem.reason === "quota_reached") {
    return later("quota_reached", `the tenant has its ${connectionsMax} connections`, QUOTA_RETRY_SECONDS);
  }
  // The same frame, sent twice, was answered elsewhere in this moment; or another, and who came first is connected.
  const connection = await parts.connections.find(connectionId);
  return connection === undefined
    ? gone()
    : welcomeAgain(parts, { connection, principal: connection.principal }, frame);
}

/** Told to who is connected, or was about to be when something failed. */
export async function welcomeAgain(
  parts: WelcomeParts,
  { connection, principal }: ConnectedClient,
  frame: WelcomedFrame,
): Promise<SocketAnswer> {
  const placed = await parts.connections.place(principal.tenantId, connection.connectionId);
  return placed.ok ? welcome(parts, { connection: placed.value, principal }, frame) : gone();
}

const gone = (): SocketAnswer => later("unavailable", "the connection is gone", QUOTA_RETRY_SECONDS);

type WelcomeParts = Pick<SocketParts, "connections" | "log" | "questions" | "digest" | "report" | "holder">;
type WelcomedFrame = Pick<ConnectFrame, "channels" | "after">;

/**
 * What they hear from now on, and what they have missed. Who comes first to be on record misses nothing that is published
 * while this is put together.
 */
async function welcome(
  parts: WelcomeParts,
  { connection, principal }: ConnectedClient,
  { channels, after }: WelcomedFrame,
): Promise<SocketAnswer> {
  const { connectionId, endsAtEpochMs, protocol } = connection;
  const { tenantId } = principal;
  const known = { principal, endsAtEpochMs };
  const joining = channels.length > 0 && (await parts.connections.joinAll(tenantId, { connectionId, channels }));
  if (joining !== false && !joining.ok) {
    return { ...notJoined(joining.problem, { of: "connect", ref: undefined }), known };
  }
  const hearer = { ...principal, connectionId };
  const { joined } = joining === false ? connection : joining.value;
  const heads = await headsOf(parts, tenantId, [...ownChannels(hearer, parts.digest), ...joined]);
  const texts = [connectAck(connection, heads, parts.holder)];
  if (after.size > 0 && protocol !== "router") texts.push(...(await resumeTexts(parts, hearer, after)));
  if (mayAct(principal, "question.answer").ok) texts.push(...(await openQuestionTexts(parts, hearer)));
  return { texts, known };
}

async function headsOf(
  { log }: WelcomeParts,
  tenantId: Principal["tenantId"],
  channels: Iterable<ChannelId>,
): Promise<ReadonlyMap<ChannelId, number>> {
  const heads = [...channels].map(async (channel) => [channel, await log.headOf(tenantId, channel)] as const);
  return new Map(await Promise.all(heads));
}

/** What the frame shows goes before what the opening has shown. */
async function connectorNow(
  parts: SocketParts,
  { holder, clientAddress }: SocketMemo,
  { token, ticket }: ConnectFrame,
): Promise<Result<Connector, Refused>> {
  const isShown = token !== undefined || ticket !== undefined;
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  const connector =
    holder === undefined || isShown
      ? await connectorOf(parts, { ticket, authorization, clientAddress })
      : await holderNow(parts, holder);
  if (!connector.ok) return connector;
  const { credentialEndsAtEpochMs = Number.POSITIVE_INFINITY } = connector.value;
  return parts.clock.nowMs() < credentialEndsAtEpochMs ? ok(connector.value) : refused(CREDENTIAL_OVER);
}

function refusedConnector({ why, code, detail }: Refused): SocketAnswer {
  if (why === "later") return later(code, detail, QUOTA_RETRY_SECONDS);
  return ending({ code, message: detail, of: "connect" }, "refused");
}

function later(code: string, message: string, retryAfterSeconds: number): SocketAnswer {
  return ending({ code, message, of: "connect", retryAfterSeconds }, "later");
}
