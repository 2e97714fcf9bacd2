import { describe, expect, test } from "vitest";
import { JOINED_MAX } from "../../../../layers/core/connection/limits.ts";
import { parseClientFrame } from "../../../../layers/people/wire/client-frame.ts";
import { HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX, POSITIONS_MAX } from "../../../../layers/people/wire/limits.ts";

const read = (frame: unknown) => parseClientFrame(JSON.stringify(frame));

describe("the frames of the Frontend Router's clients", () => {
  test("are read as they send them, with whatever they send besides", () => {
    expect(read({ type: "connect", client_id: "client-7", timestamp: "2025-07-01T00:00:00Z" })).toEqual({
      ok: true,
      value: { type: "connect", channels: [], after: new Map() },
    });
    expect(read({ type: "user_response", request_id: "req-1", answer: "test", timestamp: 7 })).toEqual({
      ok: true,
      value: { type: "user_response", request_id: "req-1", answer: "test" },
    });
    expect(read({ type: "disconnect" })).toEqual({ ok: true, value: { type: "disconnect" } });
    expect(read({ type: "ping" })).toEqual({ ok: true, value: { type: "ping" } });
  });

  test("may answer with nothing, since that is an answer, but not without one", () => {
    expect(read({ type: "user_response", request_id: "req-1", answer: "" })).toMatchObject({ ok: true });
    expect(read({ type: "user_response", request_id: "req-1", answer: null })).toMatchObject({ ok: true });
    expect(read({ type: "user_response", request_id: "req-1" })).toMatchObject({
      ok: false,
      problem: { reason: "frame_malformed", detail: "answer: it is missing", of: "user_response" },
    });
  });
});

describe("the frames of skein.v1", () => {
  test("connect brings a credential, the channels to join and where to go on", () => {
    const after = { everyone: 7, "channel:deploys": 0 };
    expect(read({ type: "connect", token: "a.b.c", channels: ["channel:deploys"], after })).toEqual({
      ok: true,
      value: { type: "connect", token: "a.b.c", channels: ["channel:deploys"], after: new Map(Object.entries(after)) },
    });
  });

  test("the others name what they are about", () => {
    expect(read({ type: "ack", channel: "everyone", seq: 3 })).toMatchObject({ ok: true });
    expect(read({ type: "message", to: "member:local:ann", body: { hello: [1] }, id: "m1" })).toEqual({
      ok: true,
      value: { type: "message", to: { kind: "member", subject: "local:ann" }, body: { hello: [1] }, id: "m1" },
    });
    expect(read({ type: "history", channel: "role:viewer" })).toEqual({
      ok: true,
      value: { type: "history", channel: "role:viewer", limit: HISTORY_LIMIT_DEFAULT },
    });
    expect(read({ type: "resume", after: { everyone: 2 } })).toEqual({
      ok: true,
      value: { type: "resume", after: new Map([["everyone", 2]]) },
    });
    expect(read({ type: "presence" })).toMatchObject({ ok: true });
    expect(read({ type: "join", channel: "channel:deploys" })).toMatchObject({ ok: true });
    expect(read({ type: "leave", channel: "channel:deploys" })).toMatchObject({ ok: true });
  });

  test.each([
    ["a question's id that is too long", { type: "user_response", request_id: "r".repeat(129), answer: "" }],
    ["an ack of no number", { type: "ack", channel: "everyone", seq: -1 }],
    ["an ack of half a number", { type: "ack", channel: "everyone", seq: 0.5 }],
    ["an ack beyond what numbers hold", '{"type":"ack","channel":"everyone","seq":1e30}'],
    ["a message to nobody", { type: "message", to: "king", body: 1 }],
    ["a message without a body", { type: "message", to: "everyone" }],
    ["a page of no messages", { type: "history", channel: "everyone", limit: 0 }],
    ["a page that is too long", { type: "history", channel: "everyone", limit: HISTORY_LIMIT_MAX + 1 }],
    ["a join of what reaches one anyway", { type: "join", channel: "everyone" }],
    ["a join of somebody else's connection", { type: "join", channel: "connection:abc" }],
    ["too many channels", { type: "connect", channels: Array(JOINED_MAX + 1).fill("channel:a") }],
    [
      "too many positions",
      {
        type: "resume",
        after: Object.fromEntries(Array.from({ length: POSITIONS_MAX + 1 }, (_, at) => [`channel:a${at}`, 0])),
      },
    ],
    ["a position of no channel", { type: "resume", after: { "TENANT#other": 0 } }],
    ["a token that is none", { type: "connect", token: { a: 1 } }],
  ])("%s is refused, and what it was is told", (_, frame) => {
    const parsed = typeof frame === "string" ? parseClientFrame(frame) : read(frame);
    expect(parsed).toMatchObject({ ok: false, problem: { reason: "frame_malformed", of: expect.any(String) } });
  });
});

describe("what is no frame", () => {
  test("an object that is nested too deep to be written again is refused", () => {
    const body = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    const parsed = parseClientFrame(`{"type":"message","to":"everyone","body":${body}}`);

    expect(parsed).toMatchObject({ ok: false, problem: { reason: "frame_malformed" } });
  });

  test.each(["", "{", "null", "7", '"connect"', "[]", "{}", '{"type":7}', '{"__proto__":{"type":"ping"}}'])(
    "%s is refused",
    (text) => {
      expect(parseClientFrame(text)).toMatchObject({ ok: false, problem: { reason: "frame_malformed" } });
    },
  );

  test.each(["tool_request", "toString", "__proto__", "constructor"])("a type %s is none that there is", (type) => {
    expect(read({ type })).toMatchObject({ ok: false, problem: { reason: "frame_unknown" } });
  });
});
