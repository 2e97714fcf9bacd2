import type { Connection, SocketProtocol } from "../../core/connection/connection.ts";
import type { ChannelId } from "../../core/message/channel.ts";
import type { ChannelMessage } from "../../core/message/message.ts";
import type { Json } from "../../core/ports/table.ts";
import type { ClientFrameType, Positions } from "./client-frame.ts";

/** What whoever holds connections asks of their clients. */
export interface HolderLimits {
  /** It ends a connection on which nothing was said for so long, in either direction. */
  readonly idleMsMax: number;
  /** And one on which a longer frame comes. */
  readonly frameBytesMax: number;
}

/**
 * Told once it is known who is there. Deliveries may come before it.
 *
 * @param channels the number of the last message of each channel that the connection hears, after which nothing is missed.
 */
export function connectAck(connection: Connection, channels: Positions, holder?: HolderLimits): string {
  const { connectionId, principal, protocol, endsAtEpochMs } = connection;
  return frame("connect_ack", {
    status: "connected",
    connection_id: connectionId,
    tenant: principal.tenantId,
    subject: principal.subject,
    role: principal.role,
    channels: Object.fromEntries(channels),
    ends_at: endsAtEpochMs,
    ...(holder !== undefined && { idle_ms: holder.idleMsMax, frame_bytes: holder.frameBytesMax }),
    protocol,
  });
}

/**
 * A message as each protocol's clients are told it; left out where they would not know what to do with it. Of a question the
 * parts stand in the frame itself, as the Frontend Router's clients look for them.
 */
export type MessageFrames = Readonly<Partial<Record<SocketProtocol, string>>>;

export function messageFrames(message: ChannelMessage): MessageFrames {
  const text = JSON.stringify(messageObject(message));
  return message.type === "message" ? { "skein.v1": text } : { router: text, "skein.v1": text };
}

function messageObject({ channel, seq, messageId, type, from, body, publishedAtEpochMs }: ChannelMessage): Json {
  const told = { channel, seq, id: messageId, from, at: publishedAtEpochMs };
  if (type === "message") return { type, ...told, body };
  const { type: _, ...fields } = fieldsOf(body);
  return { type, ...fields, ...told };
}

const fieldsOf = (body: Json): { readonly [name: string]: Json } =>
  typeof body === "object" && body !== null && !isList(body) ? body : {};
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** A question that is open now: no message of a channel, and so without a number. */
export const openQuestion = (body: { readonly [name: string]: Json }): string => frame("ask_user", body);

/** Messages of a channel, the newest first; `before` leads to those before them, and is left out where there are none. */
export function historyPage(
  channel: ChannelId,
  page: { readonly messages: readonly ChannelMessage[]; readonly before?: number | undefined },
): string {
  return frame("history", {
    channel,
    messages: page.messages.map(messageObject),
    ...(page.before !== undefined && { before: page.before }),
  });
}

/** How far what was missed in a channel has been told. */
export type Resumed = {
  /** Up to here it was told, or is no longer to be had. */
  readonly seq: number;
  /** The last that there is: where it is greater, the client asks again. */
  readonly head: number;
  /** Numbers of messages that are over, or never were. */
  readonly missing?: { readonly from: number; readonly to: number };
};

/** Behind the messages that a `resume`, or the `after` of a `connect`, has asked for. */
export const resumed = (channels: ReadonlyMap<ChannelId, Resumed>): string =>
  frame("resumed", { channels: Object.fromEntries(channels) });

export const joined = (channel: ChannelId, head: number): string => frame("joined", { channel, head });
export const left = (channel: ChannelId): string => frame("left", { channel });

export interface Present {
  readonly subject: string;
  readonly connections: number;
  readonly sinceEpochMs: number;
}

/** @param isWhole false where there are more than are told. */
export function presenceList(members: readonly Present[], isWhole: boolean): string {
  const told = members.map(({ subject, connections, sinceEpochMs }) => ({ subject, connections, since: sinceEpochMs }));
  return frame("presence", { members: told, whole: isWhole });
}

/** `answered`: stored, and the first. `closed`: another was, or it was withdrawn or has expired. */
export type ResponseStatus = "answered" | "closed" | "unknown" | "invalid" | "forbidden";

/** @param detail what is wrong with an answer that is invalid; by whom a question is closed. */
export const responseAck = (
  requestId: string,
  told: { readonly status: ResponseStatus; readonly [detail: string]: Json },
): string => frame("response_ack", { request_id: requestId, ...told });

/** @param told.ref the id that the client has given; `id` is the message's own, under which it is delivered. */
export const published = (told: {
  readonly id: string;
  readonly channel: ChannelId;
  readonly seq: number;
  readonly ref?: string | undefined;
}): string => frame("published", withRef(told));

/** That messages were left out which came faster than they were taken: of which channels `resume` tells. */
export const LAGGED = frame("lagged", {});

export const pong = (nowEpochMs: number): string => frame("pong", { at: nowEpochMs });

export interface ErrorTold {
  /** Stable. */
  readonly code: string;
  /** For whoever writes the client. */
  readonly message: string;
  /** The type of the frame that it answers. */
  readonly of?: ClientFrameType | undefined;
  /** What that frame named: a message's id, a channel, a question. */
  readonly ref?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export function errorFrame({ of, retryAfterSeconds, ...told }: ErrorTold): string {
  return frame("error", {
    ...withRef(told),
    ...(of !== undefined && { of }),
    ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
  });
}

function withRef<Told extends { readonly ref?: string | undefined }>({ ref, ...told }: Told) {
  return ref === undefined ? told : { ...told, ref };
}

function frame(type: string, fields: { readonly [name: string]: Json }): string {
  return JSON.stringify({ type, ...fields });
}

const TYPE = /^\{"type":"([a-z_]{1,32})"/;

/** The type of a frame that was made here: it stands first. */
export const frameType = (text: string): string => TYPE.exec(text)?.[1] ?? "unknown";
