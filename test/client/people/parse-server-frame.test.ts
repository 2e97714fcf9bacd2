import { describe, expect, test } from "vitest";
import { parseServerFrame } from "../../../client/people/parse-server-frame.ts";
import type { ClientFrame, ConnectFrame } from "../../../client/people/wire.ts";
import type { Connection } from "../../../layers/core/connection/connection.ts";
import { type ChannelId, channelOf } from "../../../layers/core/message/channel.ts";
import type { ChannelMessage } from "../../../layers/core/message/message.ts";
import type { Question } from "../../../layers/core/question/question.ts";
import { askedBody, messageOf } from "../../../layers/core/question/question-messages.ts";
import { parseClientFrame } from "../../../layers/people/wire/client-frame.ts";
import {
  connectAck,
  errorFrame,
  historyPage,
  joined,
  LAGGED,
  messageFrames,
  openQuestion,
  pong,
  presenceList,
  published,
  responseAck,
  resumed,
} from "../../../layers/people/wire/server-frame.ts";
import { tenant } from "../../fixtures/tenants.ts";

/** What one side writes, the other reads: both are ours, and share no code. */

const EVERYONE: ChannelId = channelOf({ kind: "everyone" }, (text) => text);
const QUESTION: Question = {
  tenantId: tenant("local"),
  questionId: "req-1",
  asker: "bot",
  to: { kind: "everyone" },
  question: "Deploy?",
  choices: ["yes", "no"],
  urgency: "high",
  state: "open",
  revision: 3,
  askedAtEpochMs: 1_000,
  expiresAtEpochMs: 61_000,
};
const ASKED = {
  requestId: "req-1",
  question: "Deploy?",
  choices: ["yes", "no"],
  urgency: "high",
  askedBy: "bot",
  askedAtEpochMs: 1_000,
  expiresAtEpochMs: 61_000,
  revision: 3,
};
const DELIVERED = { channel: "everyone", seq: 5, from: "bot", atEpochMs: 2_000 };

function told(given: Pick<ChannelMessage, "type" | "body" | "messageId">): ChannelMessage {
  const at = { channel: EVERYONE, seq: 5, from: "bot", publishedAtEpochMs: 2_000 };
  return { tenantId: tenant("local"), ...at, ...given };
}

const skein = (message: ChannelMessage): string => messageFrames(message)["skein.v1"] ?? "";

describe("what the server writes, the client reads", () => {
  test("who is there", () => {
    const connection: Connection = {
      connectionId: "c1",
      gateway: "g1",
      principal: {
        tenantId: tenant("local"),
        subject: "ann",
        role: "viewer",
        scopes: [],
        credential: "token",
      },
      protocol: "skein.v1",
      shard: 0,
      spread: 1,
      joined: [],
      connectedAtEpochMs: 1,
      endsAtEpochMs: 7_200_000,
    };

    expect(parseServerFrame(connectAck(connection, new Map([[EVERYONE, 4]])))).toEqual({
      type: "connect_ack",
      welcome: {
        connectionId: "c1",
        tenant: tenant("local"),
        subject: "ann",
        role: "viewer",
        channels: new Map([["everyone", 4]]),
        endsAtEpochMs: 7_200_000,
      },
    });
  });

  test("a question of a channel, and one that is open at the beginning", () => {
    const { type, body, messageId } = messageOf(QUESTION);
    const delivered = { ...DELIVERED, id: "req-1.3" };

    expect(parseServerFrame(skein(told({ type, body, messageId })))).toMatchObject({
      type: "ask_user",
      question: { ...ASKED, delivered },
    });
    expect(parseServerFrame(openQuestion(askedBody(QUESTION)))).toEqual({ type: "open_question", question: ASKED });
  });

  test("a question with a form", () => {
    const { choices: _, ...others } = QUESTION;
    const schema = { type: "object", properties: { size: { type: "integer" } } };

    const frame = parseServerFrame(openQuestion(askedBody({ ...others, schema })));

    expect(frame).toMatchObject({ question: { schema } });
  });

  test.each([
    { state: "answered", closedBy: "bob", by: "bob", answer: "yes" },
    { state: "withdrawn", closedBy: "bot", by: "bot" },
    { state: "expired", closedBy: undefined, by: undefined },
  ] as const)("that a question is $state", ({ state, closedBy, by, ...given }) => {
    const answer = "answer" in given ? { answer: { value: given.answer, by: "bob", atEpochMs: 5_000 } } : {};
    const over = { ...QUESTION, state, ...answer, ...(closedBy !== undefined && { closedBy }) };
    const { type, body, messageId } = messageOf(over);

    const frame = parseServerFrame(skein(told({ type, body, messageId })));

    const closed = { requestId: "req-1", reason: state, ...(by !== undefined && { by }), ...given };
    expect(frame).toEqual({
      type: "question_closed",
      closed: { ...closed, delivered: { ...DELIVERED, id: "req-1.3" } },
    });
  });

  test("messages, alone and in a page of history", () => {
    const message = told({ type: "message", body: { text: "hello" }, messageId: "m1" });
    const entry = { type: "message", message: { ...DELIVERED, id: "m1", body: { text: "hello" } } };

    expect(parseServerFrame(skein(message))).toEqual(entry);
    expect(parseServerFrame(historyPage(EVERYONE, { messages: [message], before: 5 }))).toEqual({
      type: "history",
      page: { channel: "everyone", entries: [entry], before: 5 },
    });
  });

  test("how far what was missed was told", () => {
    const part = { seq: 3, head: 9, missing: { from: 1, to: 3 } };

    expect(parseServerFrame(resumed(new Map([[EVERYONE, part]])))).toEqual({
      type: "resumed",
      channels: new Map([["everyone", { seq: 3, head: 9, isPart: true }]]),
    });
    expect(parseServerFrame(resumed(new Map([[EVERYONE, { seq: 9, head: 9 }]])))).toMatchObject({
      channels: new Map([["everyone", { seq: 9, head: 9, isPart: false }]]),
    });
  });

  test("acknowledgements, presence, joins, errors and signs of life", () => {
    const frames = [
      responseAck("req-1", { status: "closed", by: "bob", state: "answered" }),
      published({ id: "m1", channel: EVERYONE, seq: 6, ref: "mine" }),
      presenceList([{ subject: "ann", connections: 2, sinceEpochMs: 9 }], false),
      joined(EVERYONE, 4),
      LAGGED,
      errorFrame({ code: "rate_exceeded", message: "slower", of: "message", ref: "mine", retryAfterSeconds: 2 }),
      pong(1),
    ];

    expect(frames.map(parseServerFrame)).toEqual([
      { type: "response_ack", outcome: { requestId: "req-1", status: "closed", by: "bob" } },
      { type: "published", id: "m1", channel: "everyone", seq: 6, ref: "mine" },
      {
        type: "presence",
        presence: { members: [{ subject: "ann", connections: 2, sinceEpochMs: 9 }], isWhole: false },
      },
      { type: "joined", channel: "everyone", head: 4 },
      { type: "lagged" },
      {
        type: "error",
        error: { code: "rate_exceeded", message: "slower", of: "message", ref: "mine", retryAfterMs: 2_000 },
      },
      { type: "pong" },
    ]);
  });
});

test.each(["", "{", "null", "[]", '"text"', '{"type":7}', '{"type":"of_tomorrow"}', '{"type":"message"}'])(
  "what the client does not know, such as %s, it lets be",
  (text) => {
    expect(parseServerFrame(text)).toBeUndefined();
  },
);

test.each<ClientFrame | ConnectFrame>([
  { type: "connect", token: "sk_1", channels: ["channel:deploys"], after: { everyone: 4 } },
  { type: "connect", ticket: "t" },
  { type: "user_response", request_id: "req-1", answer: { size: 3 } },
  { type: "message", to: "member:bob", body: "hello", id: "m1" },
  { type: "ack", channel: "everyone", seq: 4 },
  { type: "history", channel: "everyone", before: 4, limit: 10 },
  { type: "resume", after: { everyone: 4 } },
  { type: "join", channel: "channel:deploys" },
  { type: "leave", channel: "channel:deploys" },
  { type: "presence" },
  { type: "ping" },
  { type: "disconnect" },
])("the server reads a client's $type", (frame) => {
  expect(parseClientFrame(JSON.stringify(frame))).toMatchObject({ ok: true, value: { type: frame.type } });
});
