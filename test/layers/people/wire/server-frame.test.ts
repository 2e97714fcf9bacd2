import { describe, expect, test } from "vitest";
import type { Connection } from "../../../../layers/core/connection/connection.ts";
import { type ChannelId, channelOf } from "../../../../layers/core/message/channel.ts";
import { type ChannelMessage, MESSAGE_TYPES } from "../../../../layers/core/message/message.ts";
import {
  connectAck,
  errorFrame,
  frameType,
  historyPage,
  joined,
  LAGGED,
  left,
  messageFrames,
  openQuestion,
  pong,
  presenceList,
  published,
  responseAck,
  resumed,
} from "../../../../layers/people/wire/server-frame.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const everyone: ChannelId = channelOf({ kind: "everyone" }, (text) => text);

const message: ChannelMessage = {
  tenantId: tenant("acme"),
  channel: everyone,
  seq: 7,
  messageId: "m7",
  type: "message",
  from: "ann",
  body: { hello: "you" },
  publishedAtEpochMs: 1_700_000_000_000,
};

const connection: Connection = {
  connectionId: "c1",
  gateway: "g1",
  principal: principalOf(),
  protocol: "skein.v1",
  shard: 0,
  spread: 1,
  joined: [],
  connectedAtEpochMs: 1_700_000_000_000,
  endsAtEpochMs: 1_700_007_200_000,
};

describe("what a client is told", () => {
  test("connect_ack is what the Frontend Router sends and what it says it sends, and where each channel stands", () => {
    expect(JSON.parse(connectAck(connection, new Map([[everyone, 7]])))).toEqual({
      type: "connect_ack",
      status: "connected",
      connection_id: "c1",
      tenant: "acme",
      subject: "ann",
      role: "owner",
      channels: { everyone: 7 },
      ends_at: 1_700_007_200_000,
      protocol: "skein.v1",
    });
  });

  test("a message carries its channel and its number, and is not for clients that know of none", () => {
    const { router, "skein.v1": text } = messageFrames(message);
    expect(router).toBeUndefined();
    expect(JSON.parse(text ?? "")).toEqual({
      type: "message",
      channel: "everyone",
      seq: 7,
      id: "m7",
      from: "ann",
      at: 1_700_000_000_000,
      body: { hello: "you" },
    });
  });

  test("a question stands in its frame where the Frontend Router's clients look for it", () => {
    const body = { request_id: "req-1", question: "Go on?", urgency: "normal" };
    const { router, "skein.v1": text } = messageFrames({ ...message, type: "ask_user", body });
    expect(router).toBe(text);
    expect(JSON.parse(text ?? "")).toEqual({
      type: "ask_user",
      channel: "everyone",
      seq: 7,
      id: "m7",
      from: "ann",
      at: 1_700_000_000_000,
      ...body,
    });
    expect(JSON.parse(openQuestion(body))).toEqual({ type: "ask_user", ...body });
  });

  test("nothing in a message's body passes for what the frame itself says", () => {
    const body = {
      type: "connect_ack",
      channel: "role:owner",
      seq: 1,
      from: "eve",
      id: "x",
      at: 0,
      request_id: "req-1",
    };
    const { "skein.v1": text } = messageFrames({ ...message, type: "question_closed", body });
    expect(JSON.parse(text ?? "")).toMatchObject({ type: "question_closed", channel: "everyone", seq: 7, from: "ann" });
    expect(
      JSON.parse(messageFrames({ ...message, type: "question_closed", body: ["no", "object"] }).router ?? ""),
    ).toEqual({ type: "question_closed", channel: "everyone", seq: 7, id: "m7", from: "ann", at: 1_700_000_000_000 });
  });

  test("a page of history holds messages as they are delivered, and leads to those before", () => {
    const page = JSON.parse(historyPage(everyone, { messages: [message], before: 7 }));
    expect(page).toMatchObject({
      type: "history",
      channel: "everyone",
      messages: [{ type: "message", seq: 7 }],
      before: 7,
    });
    expect(JSON.parse(historyPage(everyone, { messages: [] }))).toEqual({
      type: "history",
      channel: "everyone",
      messages: [],
    });
  });

  test.each([
    [
      resumed(new Map([[everyone, { seq: 9, head: 12, missing: { from: 1, to: 4 } }]])),
      { type: "resumed", channels: { everyone: { seq: 9, head: 12, missing: { from: 1, to: 4 } } } },
    ],
    [joined(everyone, 4), { type: "joined", channel: "everyone", head: 4 }],
    [left(everyone), { type: "left", channel: "everyone" }],
    [
      presenceList([{ subject: "ann", connections: 2, sinceEpochMs: 5 }], true),
      { type: "presence", members: [{ subject: "ann", connections: 2, since: 5 }], whole: true },
    ],
    [
      responseAck("req-1", { status: "closed", by: "bob" }),
      { type: "response_ack", request_id: "req-1", status: "closed", by: "bob" },
    ],
    [published({ id: "m1", channel: everyone, seq: 3 }), { type: "published", id: "m1", channel: "everyone", seq: 3 }],
    [LAGGED, { type: "lagged" }],
    [pong(6), { type: "pong", at: 6 }],
    [
      errorFrame({ code: "frame_malformed", message: "why" }),
      { type: "error", code: "frame_malformed", message: "why" },
    ],
    [
      errorFrame({ code: "rate_exceeded", message: "why", of: "message", ref: "m1", retryAfterSeconds: 1 }),
      { type: "error", code: "rate_exceeded", message: "why", of: "message", ref: "m1", retry_after_seconds: 1 },
    ],
  ])("%s", (text, frame) => {
    expect(JSON.parse(text)).toEqual(frame);
    expect(frameType(text)).toBe(frame.type);
  });

  test.each(MESSAGE_TYPES)("the type of a frame can be told from its beginning: %s", (type) => {
    const { "skein.v1": text = "" } = messageFrames({ ...message, type, body: { request_id: "req-1", question: "?" } });

    expect(frameType(text)).toBe(type);
    expect(JSON.parse(text)).toMatchObject({ type, seq: 7, id: "m7" });
    expect(frameType('{"other":1}')).toBe("unknown");
  });
});
