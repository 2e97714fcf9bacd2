import { type AuditedFields, actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { AuditLog } from "../../layers/core/audit/audit-log.ts";
import type { Connections } from "../../layers/core/connection/connections.ts";
import type { Tickets } from "../../layers/core/connection/tickets.ts";
import type { CallContext } from "../../layers/core/http/http-message.ts";
import { type ChannelId, channelOf, mayHear } from "../../layers/core/message/channel.ts";
import type { ChannelLog } from "../../layers/core/message/channel-log.ts";
import type { ChannelRecord } from "../../layers/core/message/channel-record.ts";
import type { Channels, RetentionInvalid } from "../../layers/core/message/channels.ts";
import type { Publisher } from "../../layers/core/message/publisher.ts";
import type { Receipts } from "../../layers/core/message/receipts.ts";
import type { Digest } from "../../layers/core/ports/digest.ts";
import { ok } from "../../layers/core/result.ts";
import type { Operation, OperationCall } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import {
  LIST_CHANNELS,
  LIST_MESSAGES,
  LIST_RECEIPTS,
  MAKE_TICKET,
  NOTE_RECEIPT,
  PUBLISH_MESSAGE,
  REMOVE_CHANNEL,
  SEE_PRESENCE,
  SET_UP_CHANNEL,
} from "../message-descriptions.ts";
import { channelsReached, messageShown, publishProblem } from "./people-reply.ts";

export interface MessageOperationParts {
  readonly publisher: Pick<Publisher, "publish">;
  readonly log: Pick<ChannelLog, "read" | "history" | "remove">;
  readonly channels: Pick<Channels, "list" | "setUp">;
  readonly receipts: Pick<Receipts, "note" | "list">;
  readonly connections: Pick<Connections, "presence">;
  readonly tickets: Pick<Tickets, "make">;
  readonly audit: Pick<AuditLog, "change">;
  readonly digest: Digest;
}

/** The messages of a tenant, how far they are read, and who is connected. */
export function messageOperations(parts: MessageOperationParts): readonly Operation[] {
  const { connections, tickets, channels } = parts;
  return [
    PUBLISH_MESSAGE.answeredBy(async ({ tenantId, body, context, idempotencyKey: key }) => {
      const { subject: from } = context.principal;
      const publication = { audience: body.to, type: "message", from, body: body.body, key } as const;
      const published = await parts.publisher.publish(tenantId, publication);
      return published.ok ? { json: published.value } : { problem: publishProblem(published.problem) };
    }),
    LIST_MESSAGES.answeredBy(({ tenantId, query, context }) => {
      const { channel, before, after, limit } = query;
      if (!hears(parts, context, channel)) return Promise.resolve({ json: { messages: [] } });
      if (after === undefined) return newestFirst(parts, tenantId, { channel, before, limit });
      if (before !== undefined) return Promise.resolve({ problem: BEFORE_AND_AFTER });
      return oldestFirst(parts, tenantId, { channel, after, limit });
    }),
    LIST_CHANNELS.answeredBy(async ({ tenantId, query }) => {
      const page = await channels.list(tenantId, query);
      if (!page.ok) return { problem: { status: 400, code: page.problem.reason, detail: CURSOR_WRONG } };
      return { json: { channels: page.value.channels.map(channelShown), cursor: page.value.cursor } };
    }),
    SET_UP_CHANNEL.answeredBy((call) => setUp(parts, call)),
    REMOVE_CHANNEL.answeredBy((call) => remove(parts, call)),
    ...receiptOperations(parts),
    SEE_PRESENCE.answeredBy(async ({ tenantId }) => ({ json: await connections.presence(tenantId) })),
    MAKE_TICKET.answeredBy(({ context: { principal, credentialEndsAtEpochMs } }) =>
      Promise.resolve({ json: tickets.make({ principal, credentialEndsAtEpochMs }) }),
    ),
  ];
}

function receiptOperations(parts: MessageOperationParts): readonly Operation[] {
  const { receipts } = parts;
  return [
    LIST_RECEIPTS.answeredBy(async ({ tenantId, query, context }) => {
      if (!hears(parts, context, query.channel)) return { json: { receipts: [] } };
      const page = await receipts.list(tenantId, query);
      if (!page.ok) return { problem: { status: 400, code: page.problem.reason, detail: CURSOR_WRONG } };
      const { cursor } = page.value;
      const shown = page.value.receipts.map(({ subject, seq, atEpochMs }) => ({ subject, seq, atEpochMs }));
      return { json: { receipts: shown, cursor } };
    }),
    NOTE_RECEIPT.answeredBy(async ({ tenantId, body: { channel, seq }, context }) => {
      if (!hears(parts, context, channel)) return { problem: readTooFar(0) };
      const noted = await receipts.note(tenantId, { channel, seq, subject: context.principal.subject });
      if (!noted.ok) return { problem: readTooFar(noted.problem.head) };
      const { subject, atEpochMs } = noted.value;
      return { json: { subject, seq: noted.value.seq, atEpochMs } };
    }),
  ];
}

const CURSOR_WRONG = "the cursor is not one that this list gave";

const BEFORE_AND_AFTER: HttpProblem = {
  status: 400,
  code: "query_invalid",
  detail: "before and after: takes one of them",
};

const readTooFar = (head: number): HttpProblem => ({
  status: 400,
  code: "receipt_invalid",
  detail: `seq: takes the number of a message that was published; the last is ${head}`,
});

type Channel = { readonly channel: ChannelId };
type Tenant = OperationCall<unknown, unknown, unknown>["tenantId"];

function hears({ digest }: MessageOperationParts, { principal }: CallContext, channel: ChannelId): boolean {
  return mayHear(channel, principal, digest);
}

async function newestFirst(
  { log }: MessageOperationParts,
  tenantId: Tenant,
  asked: Channel & { readonly before: number | undefined; readonly limit: number },
): Promise<OperationOutcome> {
  const { messages, next } = await log.history(tenantId, asked);
  return { json: { messages: messages.map(messageShown), next } };
}

async function oldestFirst(
  { log }: MessageOperationParts,
  tenantId: Tenant,
  asked: Channel & { readonly after: number; readonly limit: number },
): Promise<OperationOutcome> {
  const { messages, next, missing } = await log.read(tenantId, asked);
  return { json: { messages: messages.map(messageShown), next, missing } };
}

const channelShown = ({ channel, retentionSeconds }: ChannelRecord) => ({
  name: channel.slice(channel.indexOf(":") + 1),
  channel,
  retentionSeconds,
});

type ChannelCall<Body> = OperationCall<{ readonly channelName: string }, unknown, Body>;

function channelDeed({ params, context, request }: ChannelCall<unknown>, after: AuditedFields) {
  const { requestId } = context;
  const actor = actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress });
  return { actor, action: "channel.change", target: { kind: "channel", id: params.channelName }, after } as const;
}

async function remove(
  { log, audit, digest }: MessageOperationParts,
  call: ChannelCall<unknown>,
): Promise<OperationOutcome> {
  const { tenantId, params } = call;
  const channel = channelOf({ kind: "channel", name: params.channelName }, digest);
  await audit.change(tenantId, channelDeed(call, { status: "removed" }), async () => {
    await log.remove(tenantId, channel);
    return ok();
  });
  return {};
}

async function setUp(
  { channels, audit, digest }: MessageOperationParts,
  call: ChannelCall<{ readonly retentionSeconds: number }>,
): Promise<OperationOutcome> {
  const { tenantId, params, body } = call;
  const channel = channelOf({ kind: "channel", name: params.channelName }, digest);
  const deed = channelDeed(call, { amounts: { ...body } });
  const changed = await audit.change(tenantId, deed, () => channels.setUp(tenantId, channel, body));
  if (changed.ok) return { json: channelShown(changed.value) };
  const { problem } = changed;
  return { problem: problem.reason === "channels_reached" ? channelsReached(problem.limit) : retentionWrong(problem) };
}

const retentionWrong = ({ reason: code, secondsMin, secondsMax }: RetentionInvalid): HttpProblem => ({
  status: 400,
  code,
  detail: `retentionSeconds: takes a whole number from ${secondsMin} to ${secondsMax}`,
});
