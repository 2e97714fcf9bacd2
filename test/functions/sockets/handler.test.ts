import { beforeEach, describe, expect, test } from "vitest";
import { channelOf } from "../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import { monthExceeded } from "../../../layers/core/rate/rate-answer.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { oddly } from "../../fixtures/odd-values.ts";
import { principalOf } from "../../fixtures/principals.ts";
import { ACME, type SocketBench, socketBench } from "../../fixtures/socket-bench.ts";

let bench: SocketBench;
beforeEach(() => {
  bench = socketBench();
});

const EVERYONE = { kind: "everyone" } as const;
const ask = async (
  question: string,
  given: { readonly to?: typeof EVERYONE; readonly choices?: readonly string[] } = {},
) => {
  const { to = EVERYONE, ...content } = given;
  const order = { content: { question, urgency: "normal", ...content }, asker: "ann", to, timeoutMs: 300_000 } as const;
  const asked = await bench.questions.ask(ACME, order);
  if (!asked.ok) throw new TypeError(asked.problem.reason);
  return asked.value.questionId;
};
const publish = (count: number, body: (n: number) => string = (n) => `${n}`) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      bench.publisher.publish(ACME, { audience: EVERYONE, type: "message", from: "ann", body: body(n) }),
    ),
  );

describe("the opening of a socket", () => {
  test.each([
    [undefined, true],
    ["https://app.example", true],
    ["http://127.0.0.1:3000", true],
    ["https://app.example.evil", false],
    ["null", false],
    ["", false],
  ])("from a page of %s is judged before anything else", async (origin, accepted) => {
    const answer = await bench.open({ origin });
    expect(answer.accepted).toBe(accepted);
    if (!answer.accepted) expect(answer.status).toBe(403);
  });

  test("chooses what both know, and takes whoever names nothing for a client of the Frontend Router", async () => {
    expect(await bench.open({ subprotocols: ["other", "skein.v1"] })).toMatchObject({ subprotocol: "skein.v1" });
    expect(await bench.open({ subprotocols: [] })).toMatchObject({ accepted: true, subprotocol: undefined });
    const { frames } = await bench.connected("c2");
    expect(frames[0]).toMatchObject({ protocol: "skein.v1" });
  });

  test("names the Frontend Router's subprotocol where it is offered, without which a browser fails the connection", async () => {
    const offered = await bench.open({ subprotocols: ["mcp-websocket"] });
    const beside = await bench.open({ subprotocols: ["mcp-websocket", "skein.v1"] });

    expect(offered).toMatchObject({ subprotocol: "mcp-websocket", memo: expect.stringContaining('"router"') });
    expect(beside).toMatchObject({ subprotocol: "skein.v1", memo: expect.stringContaining('"skein.v1"') });
  });

  test("is refused where an address opens too many", async () => {
    bench = socketBench({ mayOpen: (address) => address !== "192.0.2.9" });
    expect(await bench.open({ clientAddress: "192.0.2.9" })).toEqual({ accepted: false, status: 429 });
    expect(await bench.open({ clientAddress: "192.0.2.8" })).toMatchObject({ accepted: true });
  });

  test("with a credential that is not good is refused, and with one whose holder has no standing too", async () => {
    expect(await bench.open({ authorization: "Bearer none" })).toEqual({ accepted: false, status: 401 });
    bench.known.set("of-bob", { ...principalOf({ subject: "bob" }), claimedRole: "viewer" });
    bench.policy = { ...bench.policy, members: { bob: "none" } };
    expect(await bench.open({ authorization: "Bearer of-bob" })).toEqual({ accepted: false, status: 403 });
  });

  test("costs nothing at the store where nothing is shown, nor does what is said before anybody is known", async () => {
    const operations: string[] = [];
    bench = socketBench({}, (operation) => operations.push(operation));
    await bench.open();
    await bench.say("no frame");
    expect(operations).toEqual([]);
    await bench.say({ type: "message", to: "everyone", body: 1 });
    expect(operations).toEqual(["get"]);
  });

  test("of which the store can't tell is to come later", async () => {
    bench = socketBench({ mayOpen: () => Promise.reject(new StoreFault("table", "read", { cause: "away" })) });
    expect(await bench.open()).toEqual({ accepted: false, status: 503 });
    expect(bench.reports).toHaveLength(1);
  });
});

describe("who connects", () => {
  test("ends with the credential where that is sooner than two hours", async () => {
    const nowMs = bench.clock.nowMs();
    const soon = await bench.connected("c1", { expiresAtEpochMs: nowMs + 60_000 });
    const late = await bench.connected("c2", { expiresAtEpochMs: nowMs + 86_400_000 });
    expect(soon.frames[0]).toMatchObject({ ends_at: nowMs + 60_000 });
    expect(soon.answer.known).toMatchObject({ endsAtEpochMs: nowMs + 60_000, principal: { subject: "ann" } });
    expect(late.frames[0]).toMatchObject({ ends_at: nowMs + 7_200_000 });
  });

  test("is refused with a credential that was good at the opening and is over by now", async () => {
    bench.known.set("short", {
      ...principalOf(),
      claimedRole: "owner",
      expiresAtEpochMs: bench.clock.nowMs() + 1_000,
    });
    await bench.open({ authorization: "Bearer short" });
    bench.clock.advance(1_000);
    const { frames, answer } = await bench.say({ type: "connect" });
    expect(frames).toMatchObject([{ type: "error", code: "credential_refused" }]);
    expect(answer.close).toEqual({ code: 1008, reason: "credential_refused" });
  });

  test("is refused where they were removed between the opening and the first frame", async () => {
    bench.known.set("of-bob", { ...principalOf({ subject: "bob" }), claimedRole: "viewer" });
    await bench.open({ authorization: "Bearer of-bob" });
    bench.policy = { ...bench.policy, members: { bob: "none" } };
    expect((await bench.say({ type: "connect" })).frames).toMatchObject([{ code: "member_removed" }]);
  });

  test.each([
    ["is suspended", { status: "suspended" }, "tenant_inactive"],
    ["runs elsewhere alone", { regions: ["eu-west-1"] }, "region_forbidden"],
  ] as const)("is refused where their tenant %s", async (_, policy, code) => {
    bench.policy = { ...bench.policy, ...policy };
    const { frames, answer } = await bench.connected("c1");
    expect(frames).toMatchObject([{ type: "error", code }]);
    expect(answer.close?.code).toBe(1008);
    expect(answer.known).toBeUndefined();
  });

  test("is refused, and written down for the audit, where they have not the right", async () => {
    const { frames } = await bench.connected("c1", { scopes: ["mcp:read"] });
    expect(frames).toMatchObject([{ code: "scope_missing", of: "connect" }]);
    expect(bench.refusals).toMatchObject([{ action: "message.read", requestId: "c1", remoteAddress: "192.0.2.1" }]);
  });

  test("is to come later where the tenant's calls are used up, or its connections", async () => {
    const gate = { policyOf: async () => bench.policy, rightRefused: () => {}, region: "here" };
    bench = socketBench({ gate: { ...gate, takeCall: ({ limits }) => monthExceeded(limits, 0) } });
    expect((await bench.connected("c1")).answer.close).toEqual({ code: 1013, reason: "rate_exceeded" });
    bench = socketBench();
    bench.policy = { ...bench.policy, limits: { ...TENANT_LIMITS, connections: 1 } };
    await bench.connected("c1");
    const { frames, answer } = await bench.connected("c2");
    expect(frames).toMatchObject([{ code: "quota_reached", retry_after_seconds: 5 }]);
    expect(answer.close).toEqual({ code: 1013, reason: "quota_reached" });
  });

  test("is told of the questions that wait for them, and of no others", async () => {
    const open = await ask("Open?");
    const done = await ask("Done?");
    await bench.questions.answer(ACME, { questionId: done, value: "yes", by: { subject: "bob", role: "viewer" } });
    await bench.questions.ask(ACME, {
      content: { question: "For bob?", urgency: "normal" },
      asker: "ann",
      to: { kind: "member", subject: "bob" },
      timeoutMs: 300_000,
    });
    const { frames } = await bench.connected("c1");
    expect(frames.map(({ type, request_id }) => [type, request_id])).toEqual([
      ["connect_ack", undefined],
      ["ask_user", open],
    ]);
  });

  test("twice is who they were, and is told again what a first answer may have lost", async () => {
    await bench.connected("c1", {}, { channels: ["channel:a"] });
    bench.known.set("of-eve", { ...principalOf({ subject: "eve" }), claimedRole: "owner" });
    const { frames, answer } = await bench.say({ type: "connect", token: "of-eve" });
    expect(frames[0]).toMatchObject({ type: "connect_ack", subject: "ann", channels: { "channel:a": 0 } });
    expect(answer.known).toMatchObject({ principal: { subject: "ann" } });
  });
});

describe("an answer", () => {
  test("is acknowledged once it is stored, and the first counts", async () => {
    const id = await ask("Go on?");
    await bench.connected("c1");
    await bench.connected("c2", { subject: "bob" });
    const response = { type: "user_response", request_id: id };
    expect((await bench.say({ ...response, answer: "yes" })).frames).toEqual([
      { type: "response_ack", request_id: id, status: "answered" },
    ]);
    expect((await bench.questions.get(ACME, id))?.answer).toMatchObject({ value: "yes", by: "ann" });
    expect((await bench.say({ ...response, answer: "no" }, { connectionId: "c2" })).frames).toEqual([
      { type: "response_ack", request_id: id, status: "closed", state: "answered", by: "ann" },
    ]);
    // Sent again by who has given it, since the acknowledgement was lost.
    expect((await bench.say({ ...response, answer: "yes" })).frames).toMatchObject([{ status: "answered" }]);
  });

  test("that can't be one, or is to nothing, is told so and changes nothing", async () => {
    const id = await ask("Which?", { choices: ["a", "b"] });
    await bench.connected("c1");
    const wrong = await bench.say({ type: "user_response", request_id: id, answer: "c" });
    expect(wrong.frames).toMatchObject([{ type: "response_ack", status: "invalid" }]);
    const none = await bench.say({ type: "user_response", request_id: "req-none", answer: "c" });
    expect(none.frames).toEqual([{ type: "response_ack", request_id: "req-none", status: "unknown" }]);
    expect((await bench.questions.get(ACME, id))?.state).toBe("open");
  });

  test("is taken though the tenant's calls are used up, and nothing else is", async () => {
    const id = await ask("Go on?");
    let isSpent = false;
    bench = socketBench({
      questions: bench.questions,
      gate: {
        policyOf: async () => bench.policy,
        takeCall: ({ limits }) =>
          isSpent ? monthExceeded(limits, 0) : { ...monthExceeded(limits, 0), admitted: true },
        rightRefused: () => {},
        region: "here",
      },
    });
    await bench.connected("c1");
    isSpent = true;
    expect((await bench.say({ type: "presence" })).frames).toMatchObject([{ code: "rate_exceeded", of: "presence" }]);
    expect((await bench.say({ type: "user_response", request_id: id, answer: "yes" })).frames).toMatchObject([
      { status: "answered" },
    ]);
  });

  test("of which the store can't tell is not acknowledged: it may be sent again", async () => {
    const id = await ask("Go on?");
    const questions = {
      answer: () => Promise.reject(new StoreFault("table", "write", { cause: "away" })),
      list: bench.questions.list.bind(bench.questions),
    };
    bench = socketBench({ questions });
    await bench.connected("c1");
    const { frames, answer } = await bench.say({ type: "user_response", request_id: id, answer: "yes" });
    expect(frames).toMatchObject([{ type: "error", code: "unavailable", of: "user_response", ref: id }]);
    expect(answer.close).toBeUndefined();
    expect(bench.reports).toHaveLength(1);
  });
});

describe("what was missed", () => {
  test("is told in order, as much as fits, and how far it goes", async () => {
    await publish(1_200);
    await bench.connected("c1");
    let after = 0;
    const seen: number[] = [];
    for (let round = 1; round <= 3; round++) {
      const { frames } = await bench.say({ type: "resume", after: { everyone: after } });
      seen.push(...frames.filter(({ type }) => type === "message").map(({ seq }) => Number(seq)));
      const { channels } = frames.at(-1) ?? {};
      expect(channels).toMatchObject({ everyone: { head: 1_200 } });
      after = Object(channels).everyone.seq;
    }
    expect(seen).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
    expect(after).toBe(1_200);
  });

  test("is bounded by what it takes on the wire, and still comes forward by messages of any size", async () => {
    await publish(8, () => "ü".repeat(30_000));
    await bench.connected("c1");
    const { frames, answer } = await bench.say({ type: "resume", after: { everyone: 0 } });
    const bytes = answer.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeLessThan(257 * 1024);
    expect(frames.filter(({ type }) => type === "message").length).toBe(4);
    expect(frames.at(-1)).toMatchObject({ channels: { everyone: { seq: 4, head: 8 } } });
  });

  test("and is over is told as missing, before what is still there", async () => {
    await publish(3);
    bench.clock.advance(8 * 86_400_000);
    await bench.connected("c1");
    await publish(1, () => "new");
    const { frames } = await bench.say({ type: "resume", after: { everyone: 1 } });
    const [gap, message, end] = frames;
    expect(gap).toMatchObject({ type: "resumed" });
    const { missing, seq } = Object(gap?.channels).everyone;
    expect(missing).toMatchObject({ from: 2, to: Number(message?.seq) - 1 });
    expect(seq).toBe(missing.to);
    expect(message).toMatchObject({ type: "message", body: "new" });
    expect(end).toMatchObject({ channels: { everyone: { seq: message?.seq, head: message?.seq } } });
  });

  test("of a channel that is somebody else's is nothing, whether or not there is anything", async () => {
    const audience = { kind: "member", subject: "bob" } as const;
    await bench.publisher.publish(ACME, { audience, type: "message", from: "ann", body: 1 });
    await bench.connected("c1");
    const [used, unused] = [channelOf(audience, sha256), channelOf({ kind: "member", subject: "nobody" }, sha256)];
    const { frames } = await bench.say({ type: "resume", after: { [used]: 0, [unused]: 0 } });
    expect(frames).toEqual([
      { type: "resumed", channels: { [used]: { seq: 0, head: 0 }, [unused]: { seq: 0, head: 0 } } },
    ]);
  });
});

describe("a message with an id", () => {
  const message = { type: "message", to: "everyone", id: "m1" };

  test("is published once, however often it is sent", async () => {
    await bench.connected("c1");
    const first = await bench.say({ ...message, body: 1 });
    const again = await bench.say({ ...message, body: 1 });

    expect(first.frames).toMatchObject([{ type: "published", channel: "everyone", seq: 1, ref: "m1" }]);
    expect(again.frames).toEqual(first.frames);
  });

  test("that stands for another is refused, and not published", async () => {
    await bench.connected("c1");
    await bench.say({ ...message, body: 1 });
    const { frames, answer } = await bench.say({ ...message, body: 2 });

    expect(frames).toMatchObject([{ type: "error", code: "idempotency_key_reused", of: "message", ref: "m1" }]);
    expect(answer.close).toBeUndefined();
    expect(await bench.log.headOf(ACME, channelOf(EVERYONE, sha256))).toBe(1);
  });
});

describe("history", () => {
  test("comes in frames that every client takes, and leads on from the last that was told", async () => {
    await publish(6, (n) => `${n}`.padEnd(50_000, "x"));
    await bench.connected("c1");
    const numbers: number[] = [];
    let before: unknown;
    do {
      const { frames, answer } = await bench.say({ type: "history", channel: "everyone", before, limit: 100 });
      expect(Buffer.byteLength(answer.texts[0] ?? "")).toBeLessThan(128 * 1024);
      const { messages, before: next } = frames[0] ?? {};
      for (const { seq } of Array.isArray(messages) ? messages : []) numbers.push(seq);
      before = next;
    } while (before !== undefined && numbers.length < 100);
    expect(numbers).toEqual([6, 5, 4, 3, 2, 1]);
  });
});

describe("somebody whose standing is lost", () => {
  test.each([
    ["they were removed", { members: { ann: "none" } }, "member_removed"],
    ["their tenant was suspended", { status: "suspended" }, "tenant_inactive"],
  ] as const)("because %s says nothing more", async (_, policy, code) => {
    await bench.connected("c1");
    bench.policy = { ...bench.policy, ...policy };
    const { frames, answer } = await bench.say({ type: "message", to: "everyone", body: 1, id: "m" });
    expect(frames).toEqual([expect.objectContaining({ type: "error", code, of: "message", ref: "m" })]);
    expect(answer.close).toEqual({ code: 1008, reason: code });
    expect(await bench.log.headOf(ACME, channelOf(EVERYONE, sha256))).toBe(0);
  });

  test("because their role is a lower one may do what that may", async () => {
    await bench.connected("c1", { claimedRole: "developer" });
    bench.policy = { ...bench.policy, members: { ann: "viewer" } };
    expect((await bench.say({ type: "message", to: "everyone", body: 1 })).frames).toMatchObject([
      { code: "role_forbidden" },
    ]);
    expect(bench.refusals).toMatchObject([{ action: "message.publish" }]);
  });
});

test("a connection that has ended is off the record, however often that is told", async () => {
  await bench.connected("c1");
  const closed = { event: "closed", connectionId: "c1", gateway: "g1" } as const;
  await bench.handler.closed(closed);
  await bench.handler.closed(closed);
  expect((await bench.say({ type: "presence" })).frames).toMatchObject([{ code: "not_connected" }]);
});

test("what was given back of a socket and is none of ours lets nobody in", async () => {
  const forged = await bench.say({ type: "connect" }, { connectionId: "c9", memo: '{"protocol":"other"}' });
  expect(forged.frames).toMatchObject([{ code: "unavailable" }]);
  expect(bench.reports).toMatchObject([{ code: "socket_memo_corrupt" }]);
});

test.each([
  { type: "connect", token: "t", ticket: "t", channels: ["channel:deploys"], after: { everyone: 1 } },
  { type: "user_response", request_id: "r", answer: { a: ["b"] } },
  { type: "ack", channel: "everyone", seq: 1 },
  { type: "message", to: "member:bob", body: { a: ["b"] }, id: "m" },
  { type: "history", channel: "everyone", before: 9, limit: 5 },
  { type: "resume", after: { everyone: 1 } },
  { type: "presence", of: "all" },
  { type: "join", channel: "channel:deploys" },
  { type: "leave", channel: "channel:deploys" },
])("a frame $type with an odd value in any place is done, or refused with a reason", async (example) => {
  for (const [name, value] of Object.entries(example).filter(([each]) => each !== "type")) {
    for (const odd of oddly(value)) {
      await bench.connected("c1");
      await bench.say({ ...example, [name]: odd }, { connectionId: "c1" });
      await bench.open({ connectionId: "new" });
      const { answer } = await bench.say({ ...example, [name]: odd }, { connectionId: "new" });
      expect(answer.texts.length).toBeGreaterThan(0);
    }
  }

  expect(bench.reports).toEqual([]);
});
