import type {
  AnswerStatus,
  AskedQuestion,
  ClosedReason,
  Delivered,
  HistoryPage,
  Json,
  LogEntry,
  Present,
  Resumed,
  ServerFrame,
  ToldError,
  Urgency,
  Welcome,
} from "./wire.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** One text of a server. Undefined for what this client does not know, which it lets be: a newer server may say it. */
export function parseServerFrame(text: string): ServerFrame | undefined {
  const raw = jsonOf(text);
  if (!isRecord(raw) || typeof raw.type !== "string") return undefined;
  switch (raw.type) {
    case "message":
    case "question_closed":
      return entryOf(raw);
    case "ask_user":
      return entryOf(raw) ?? openQuestion(raw);
    case "connect_ack":
      return welcomeOf(raw);
    case "history":
      return historyOf(raw);
    case "presence":
      return presenceOf(raw);
    case "resumed":
      return { type: "resumed", channels: resumedOf(raw.channels) };
    case "response_ack":
      return outcomeOf(raw);
    case "published":
      return publishedOf(raw);
    case "joined":
      return isText(raw.channel) && isNumber(raw.head)
        ? { type: "joined", channel: raw.channel, head: raw.head }
        : undefined;
    case "left":
      return isText(raw.channel) ? { type: "left", channel: raw.channel } : undefined;
    case "lagged":
      return { type: "lagged" };
    case "pong":
      return { type: "pong" };
    case "error":
      return { type: "error", error: errorOf(raw) };
    default:
      return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entryOf(raw: Fields): LogEntry | undefined {
  const delivered = deliveredOf(raw);
  if (delivered === undefined) return undefined;
  if (raw.type === "message") {
    return isJson(raw.body) ? { type: "message", message: { ...delivered, body: raw.body } } : undefined;
  }
  if (raw.type === "ask_user") {
    const question = questionOf(raw);
    return question === undefined ? undefined : { type: "ask_user", question: { ...question, delivered } };
  }
  if (raw.type !== "question_closed" || !isText(raw.request_id) || !isReason(raw.reason)) return undefined;
  const by = isText(raw.by) ? { by: raw.by } : {};
  const answer = isJson(raw.answer) ? { answer: raw.answer } : {};
  const closed = { requestId: raw.request_id, reason: raw.reason, ...by, ...answer, delivered };
  return { type: "question_closed", closed };
}

function deliveredOf({ channel, seq, id, from, at }: Fields): Delivered | undefined {
  const isWhole = isText(channel) && isNumber(seq) && isText(id) && isText(from) && isNumber(at);
  return isWhole ? { channel, seq, id, from, atEpochMs: at } : undefined;
}

function openQuestion(raw: Fields): ServerFrame | undefined {
  const question = questionOf(raw);
  return question === undefined ? undefined : { type: "open_question", question };
}

/** A question as frames tell of it. Undefined for what is none. */
export function questionOf(raw: Fields): AskedQuestion | undefined {
  const { request_id: requestId, question, choices, schema, urgency, asked_by: askedBy, revision } = raw;
  const expiresAtEpochMs = momentOf(raw.expires_at);
  if (!isText(requestId) || !isText(question) || expiresAtEpochMs === undefined) return undefined;
  return {
    requestId,
    question,
    ...(isTexts(choices) && { choices }),
    ...(isRecord(schema) && isJson(schema) && { schema }),
    urgency: isUrgency(urgency) ? urgency : "normal",
    askedBy: isText(askedBy) ? askedBy : "",
    askedAtEpochMs: momentOf(raw.asked_at) ?? 0,
    expiresAtEpochMs,
    revision: isNumber(revision) ? revision : 0,
  };
}

/** Frames write it as ISO 8601, replies in milliseconds. */
function momentOf(raw: unknown): number | undefined {
  const epochMs = isText(raw) ? Date.parse(raw) : raw;
  return isNumber(epochMs) && !Number.isNaN(epochMs) ? epochMs : undefined;
}

function welcomeOf(raw: Fields): ServerFrame | undefined {
  const { connection_id: connectionId, tenant, subject, role, ends_at: endsAtEpochMs } = raw;
  if (!isText(connectionId) || !isText(tenant) || !isText(subject) || !isNumber(endsAtEpochMs)) return undefined;
  const channels = new Map(
    entriesOf(raw.channels).flatMap(([name, head]) => (isNumber(head) ? [[name, head] as const] : [])),
  );
  const welcome: Welcome = {
    connectionId,
    tenant,
    subject,
    role: isText(role) ? role : "",
    channels,
    endsAtEpochMs,
    ...(isNumber(raw.frame_bytes) && { frameBytesMax: raw.frame_bytes }),
  };
  return { type: "connect_ack", welcome };
}

function historyOf({ channel, messages, before }: Fields): ServerFrame | undefined {
  if (!isText(channel) || !Array.isArray(messages)) return undefined;
  const entries = messages.flatMap((message) => (isRecord(message) ? (entryOf(message) ?? []) : []));
  const page: HistoryPage = { channel, entries, ...(isNumber(before) && { before }) };
  return { type: "history", page };
}

function presenceOf({ members, whole }: Fields): ServerFrame | undefined {
  if (!Array.isArray(members)) return undefined;
  return { type: "presence", presence: { members: members.flatMap(presentOf), isWhole: whole !== false } };
}

function presentOf(raw: unknown): readonly Present[] {
  if (!isRecord(raw) || !isText(raw.subject) || !isNumber(raw.connections) || !isNumber(raw.since)) return [];
  return [{ subject: raw.subject, connections: raw.connections, sinceEpochMs: raw.since }];
}

function resumedOf(raw: unknown): ReadonlyMap<string, Resumed> {
  return new Map(
    entriesOf(raw).flatMap(([channel, told]) =>
      isRecord(told) && isNumber(told.seq) && isNumber(told.head)
        ? [[channel, { seq: told.seq, head: told.head, isPart: told.missing !== undefined }] as const]
        : [],
    ),
  );
}

function outcomeOf({ request_id: requestId, status, detail, by }: Fields): ServerFrame | undefined {
  if (!isText(requestId) || !isStatus(status)) return undefined;
  const outcome = { requestId, status, ...(isText(detail) && { detail }), ...(isText(by) && { by }) };
  return { type: "response_ack", outcome };
}

function publishedOf({ id, channel, seq, ref }: Fields): ServerFrame | undefined {
  if (!isText(id) || !isText(channel) || !isNumber(seq)) return undefined;
  return { type: "published", id, channel, seq, ...(isText(ref) && { ref }) };
}

function errorOf({ code, message, of, ref, retry_after_seconds: retryAfterSeconds }: Fields): ToldError {
  return {
    code: isText(code) ? code : "error",
    message: isText(message) ? message : "",
    ...(isText(of) && { of }),
    ...(isText(ref) && { ref }),
    ...(isNumber(retryAfterSeconds) && { retryAfterMs: retryAfterSeconds * 1_000 }),
  };
}

const URGENCIES: readonly unknown[] = ["low", "normal", "high"] satisfies readonly Urgency[];
const REASONS: readonly unknown[] = ["answered", "withdrawn", "expired"] satisfies readonly ClosedReason[];
const STATUSES: readonly unknown[] = [
  "answered",
  "closed",
  "unknown",
  "invalid",
  "forbidden",
] satisfies readonly AnswerStatus[];

const isUrgency = (raw: unknown): raw is Urgency => URGENCIES.includes(raw);
export const isReason = (raw: unknown): raw is ClosedReason => REASONS.includes(raw);
const isStatus = (raw: unknown): raw is AnswerStatus => STATUSES.includes(raw);
export const isText = (raw: unknown): raw is string => typeof raw === "string";
export const isNumber = (raw: unknown): raw is number => typeof raw === "number";
const isTexts = (raw: unknown): raw is readonly string[] => Array.isArray(raw) && raw.every(isText);
export const isRecord = (raw: unknown): raw is Fields => typeof raw === "object" && raw !== null && !Array.isArray(raw);
const entriesOf = (raw: unknown): readonly [string, unknown][] => (isRecord(raw) ? Object.entries(raw) : []);
/** It was read from JSON: only where it is missing is it none. */
export const isJson = (raw: unknown): raw is Json & Readonly<Record<string, Json>> => raw !== undefined;
