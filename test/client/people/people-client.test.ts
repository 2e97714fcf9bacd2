import { describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX, PONG_TIMEOUT_MS, SILENCE_MS_MAX, UNSENT_RETRY_MS } from "../../../client/people/limits.ts";
import { aMessage, connectAck, resumed, type ScriptedPeople, scriptedPeople } from "../../fixtures/scripted-people.ts";

const MINUTE_MS = 60_000;

async function connected(channels: Readonly<Record<string, number>> = { everyone: 0 }): Promise<ScriptedPeople> {
  const people = scriptedPeople();
  people.client.start();
  await people.socket().welcome(channels);
  return people;
}

const seqs = (people: ScriptedPeople): readonly number[] => people.told("message").map((event) => event.message.seq);

/** Lets the next connection in. */
async function comeBack(people: ScriptedPeople, channels: Readonly<Record<string, number>>): Promise<void> {
  await (await people.another()).welcome(channels);
}

test("what is longer than whoever holds the connection takes is told back, and never sent", async () => {
  const people = scriptedPeople();
  people.client.publish("everyone", "x".repeat(40_000));
  people.client.publish("everyone", "short");
  people.client.start();
  await people.socket().accept();
  const told = { connection_id: "c1", channels: {}, ends_at: people.nowMs() + 60 * MINUTE_MS, frame_bytes: 32_768 };

  await people.socket().say(connectAck(told));
  people.client.publish("everyone", "y".repeat(40_000));

  const rejected = people.told("rejected");
  expect(rejected).toMatchObject([
    { code: "too_large", unsent: { body: "x".repeat(40_000) } },
    { code: "too_large", unsent: { body: "y".repeat(40_000) } },
  ]);
  expect(people.socket().heardOf("message")).toMatchObject([{ body: "short" }]);
});

describe("who connects", () => {
  test("shows the token in the first frame, with the channels to join", async () => {
    const people = scriptedPeople({ credential: async () => ({ token: "sk_1" }), channels: ["channel:deploys"] });
    people.client.start();

    await people.socket().accept();

    expect(people.socket().heard).toEqual([
      { type: "connect", token: "sk_1", channels: ["channel:deploys"], after: {} },
    ]);
  });

  test("is told who they are once the server knows it", async () => {
    const people = await connected({ everyone: 7 });

    expect(people.client.status).toMatchObject({ state: "connected", welcome: { subject: "ann", role: "owner" } });
  });

  // API Gateway takes no code of the server's: it closes with 1000, whatever was the matter.
  test.each([1008, 1000])(
    "is not tried again where the server does not want them, and closes with %i",
    async (code) => {
      const people = scriptedPeople();
      people.client.start();
      await people.socket().accept();

      await people
        .socket()
        .say({ type: "error", code: "credential_absent", message: "a token, please", of: "connect" });
      await people.socket().close(code);
      await people.pass(10 * MINUTE_MS);

      expect(people.client.status).toEqual({ state: "refused", code: "credential_absent", message: "a token, please" });
      expect(people.sockets).toHaveLength(1);
    },
  );

  test("is tried again where the server closes in peace, or wants them later", async () => {
    const people = scriptedPeople();
    people.client.start();
    await people.socket().accept();
    await people
      .socket()
      .say({ type: "error", code: "quota_reached", message: "", of: "connect", retry_after_seconds: 1 });
    await people.socket().close(1000);

    await (await people.another()).accept();

    expect(people.client.status.state).toBe("connecting");
  });

  test("gets another ticket where one came too late", async () => {
    let tickets = 0;
    const people = scriptedPeople({ credential: async () => ({ ticket: `ticket ${++tickets}` }) });
    people.client.start();
    await people.socket().accept();
    await people.socket().say({ type: "error", code: "ticket_refused", message: "", of: "connect" });
    await people.socket().close(1008);

    await (await people.another()).accept();

    expect(people.socket().heard[0]).toMatchObject({ ticket: "ticket 2" });
  });

  test("is tried again where their credential could not be had", async () => {
    let asked = 0;
    const people = scriptedPeople({
      async credential() {
        if (++asked === 1) throw new TypeError("no network");
        return { token: "sk_1" };
      },
    });
    people.client.start();
    await people.socket().accept();

    await (await people.another()).accept();

    expect(people.socket().heard[0]).toMatchObject({ token: "sk_1" });
  });
});

describe("messages", () => {
  test("come once and in order, whatever comes twice", async () => {
    const people = await connected({ everyone: 3 });

    const said = [3, 4, 5, 4, 6].map((seq) => aMessage("everyone", seq));
    await people.socket().say(...said);

    expect(seqs(people)).toEqual([4, 5, 6]);
  });

  test("that are missing are asked for once, and what came too early is taken up when it comes again", async () => {
    const people = await connected({ everyone: 3 });

    await people.socket().say(aMessage("everyone", 6), aMessage("everyone", 7));
    expect(people.socket().heardOf("resume")).toEqual([{ type: "resume", after: { everyone: 3 } }]);
    await people.socket().say(...[4, 5, 6, 7].map((seq) => aMessage("everyone", seq)), resumed("everyone", 7));

    expect(seqs(people)).toEqual([4, 5, 6, 7]);
    expect(people.socket().heardOf("resume")).toHaveLength(1);
  });

  test("that came while an answer was put together are asked for behind it", async () => {
    const people = await connected({ everyone: 3 });

    await people.socket().say(aMessage("everyone", 6), aMessage("everyone", 7));
    await people.socket().say(...[4, 5, 6].map((seq) => aMessage("everyone", seq)), resumed("everyone", 6));

    expect(people.socket().heardOf("resume").at(-1)).toEqual({ type: "resume", after: { everyone: 6 } });
  });

  test("that are over leave a hole over which it goes on", async () => {
    const people = await connected({ everyone: 3 });

    await people.socket().say(aMessage("everyone", 1_000_000_002));
    const missing = { seq: 1_000_000_001, head: 1_000_000_002, missing: { from: 4, to: 1_000_000_001 } };
    await people.socket().say({ type: "resumed", channels: { everyone: missing } });
    expect(people.socket().heardOf("resume")).toHaveLength(1);
    await people.socket().say(aMessage("everyone", 1_000_000_002), resumed("everyone", 1_000_000_002));

    expect(seqs(people)).toEqual([1_000_000_002]);
  });

  test("are asked for of every channel once some were left out", async () => {
    const people = await connected({ everyone: 3, "role:owner": 9 });

    await people.socket().say({ type: "lagged" });

    expect(people.socket().heardOf("resume")).toEqual([{ type: "resume", after: { everyone: 3, "role:owner": 9 } }]);
  });

  test("missed while away are asked for in the next connect, and nothing asks for them twice", async () => {
    const people = await connected({ everyone: 3 });
    await people.socket().say(aMessage("everyone", 4));
    await people.socket().close(1012);

    await comeBack(people, { everyone: 6 });
    await people.socket().say(aMessage("everyone", 5), aMessage("everyone", 6), resumed("everyone", 6));
    await people.pass(20_000);

    expect(people.socket().heardOf("connect")).toMatchObject([{ after: { everyone: 4 } }]);
    expect(people.socket().heardOf("resume")).toEqual([]);
    expect(seqs(people)).toEqual([4, 5, 6]);
  });

  test("that no answer came for are asked for again after a time", async () => {
    const people = await connected({ everyone: 3 });

    await people.socket().say(aMessage("everyone", 5));
    await people.pass(MINUTE_MS / 4);

    expect(people.socket().heardOf("resume").length).toBeGreaterThan(1);
  });

  test("of a connection's own channel are not asked for once it is over", async () => {
    const people = await connected({ "connection:c1": 2 });
    await people.socket().close(1012);
    await comeBack(people, { "connection:c2": 0 });
    await people.socket().close(1012);

    await comeBack(people, { "connection:c3": 0 });

    expect(
      people
        .socket()
        .heardOf("connect")
        .map(({ after }) => after),
    ).toEqual([{ "connection:c2": 0 }]);
  });
});

describe("answers", () => {
  test("wait for a connection and go with it", async () => {
    const people = scriptedPeople();
    people.client.answer("req-1", "yes");
    people.client.start();

    await people.socket().welcome();

    const frame = { type: "user_response", request_id: "req-1", answer: "yes" };
    expect(people.socket().heardOf("user_response")).toEqual([frame]);
  });

  test("that were not acknowledged are sent again on the next connection, and after that no more", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");
    await people.socket().close(1001);

    await comeBack(people, { everyone: 0 });
    await people.socket().say({ type: "response_ack", request_id: "req-1", status: "answered" });
    await people.socket().close(1001);
    await comeBack(people, { everyone: 0 });

    expect(people.sockets.map((socket) => socket.heardOf("user_response").length)).toEqual([1, 1, 0]);
    expect(people.told("answered")).toEqual([
      { kind: "answered", outcome: { requestId: "req-1", status: "answered" } },
    ]);
    expect(people.client.unsent).toEqual([]);
  });

  test("that nobody acknowledges are sent again on the same connection", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");

    await people.pass(UNSENT_RETRY_MS - 1);
    const before = people.socket().heardOf("user_response").length;
    await people.pass(1);

    expect([before, people.socket().heardOf("user_response").length]).toEqual([1, 2]);
  });

  test("are kept for another client until they are acknowledged", async () => {
    const first = scriptedPeople();
    first.client.answer("req-1", { size: 3 });

    const second = scriptedPeople({ unsent: first.client.unsent });
    second.client.start();
    await second.socket().welcome();

    expect(second.socket().heardOf("user_response")).toMatchObject([{ request_id: "req-1", answer: { size: 3 } }]);
  });

  test("that come faster than they are taken wait as long as the server asks, and are not lost", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");

    const error = { type: "error", code: "rate_exceeded", message: "slower", of: "user_response", ref: "req-1" };
    await people.socket().say({ ...error, retry_after_seconds: 2 });
    await people.pass(1_999);
    const before = people.socket().heardOf("user_response").length;
    await people.pass(1);

    expect([before, people.socket().heardOf("user_response").length]).toEqual([1, 2]);
  });

  test("that the server will never take are told and let go", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");

    const error = { type: "error", code: "role_forbidden", message: "for others", of: "user_response", ref: "req-1" };
    await people.socket().say(error);

    expect(people.told("rejected")).toMatchObject([{ code: "role_forbidden", unsent: { requestId: "req-1" } }]);
    expect(people.client.unsent).toEqual([]);
  });

  test("that many were given at once go out no faster than the server takes frames", async () => {
    const people = await connected();
    for (let number = 1; number <= 100; number++) people.client.answer(`req-${number}`, "yes");

    const sent: number[] = [];
    for (let second = 0; second < 3; second++) {
      for (const frame of people.socket().heard) {
        if (frame.type === "user_response")
          await people.socket().say({ ...frame, type: "response_ack", status: "answered" });
      }
      sent.push(people.socket().heardOf("user_response").length);
      await people.pass(1_000);
    }

    expect(sent).toEqual([40, 80, 100]);
  });

  test("that were left out since they came too fast are sent again as soon as the server says", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");

    await people.socket().say({ type: "error", code: "frames_too_fast", message: "", retry_after_seconds: 1 });
    await people.pass(1_000);

    expect(people.socket().heardOf("user_response")).toHaveLength(2);
  });

  test("are on their way sixteen at a time", async () => {
    const people = scriptedPeople();
    for (let number = 1; number <= 20; number++) people.client.answer(`req-${number}`, "yes");
    people.client.start();
    await people.socket().welcome();

    const before = people.socket().heardOf("user_response").length;
    await people.socket().say({ type: "response_ack", request_id: "req-1", status: "closed", by: "bob" });

    expect([before, people.socket().heardOf("user_response").length]).toEqual([16, 17]);
  });

  test.each([
    { isSent: true, characters: 1_000 },
    { isSent: false, characters: FRAME_BYTES_MAX },
  ])("of $characters characters are sent: $isSent", async ({ isSent, characters }) => {
    const people = await connected();

    people.client.answer("req-1", "x".repeat(characters));

    expect(people.socket().heardOf("user_response").length === 1).toBe(isSent);
    expect(people.told("rejected").length === 0).toBe(isSent);
  });
});

describe("messages of one's own", () => {
  test("are known again by the id that they were given", async () => {
    const people = await connected();
    const id = people.client.publish("everyone", "hello");

    await people.socket().say({ type: "published", id: "m1", ref: id, channel: "everyone", seq: 1 });

    expect(people.socket().heardOf("message")).toEqual([{ type: "message", to: "everyone", body: "hello", id }]);
    expect(people.told("published")).toEqual([{ kind: "published", ref: id, channel: "everyone", seq: 1 }]);
  });
});

describe("reading", () => {
  test("is told at once, and then at most once a second, the furthest of each channel", async () => {
    const people = await connected();
    for (const seq of [1, 2, 3]) people.client.read({ channel: "everyone", seq });

    await people.pass(999);
    const before = people.socket().heardOf("ack").length;
    await people.pass(1);

    expect(before).toBe(1);
    expect(people.socket().heardOf("ack")).toEqual([
      { type: "ack", channel: "everyone", seq: 1 },
      { type: "ack", channel: "everyone", seq: 3 },
    ]);
  });

  test("is not told twice, nor what lies before it", async () => {
    const people = await connected();
    for (const seq of [3, 3, 2]) {
      people.client.read({ channel: "everyone", seq });
      await people.pass(1_000);
    }

    expect(people.socket().heardOf("ack")).toEqual([{ type: "ack", channel: "everyone", seq: 3 }]);
  });

  test("while nobody is there is told with the next connection", async () => {
    const people = await connected();
    await people.socket().close(1012);
    people.client.read({ channel: "everyone", seq: 5 });

    await comeBack(people, { everyone: 5 });

    expect(people.socket().heardOf("ack")).toEqual([{ type: "ack", channel: "everyone", seq: 5 }]);
  });
});

describe("what is asked of the server", () => {
  test("is asked again on the next connection, and answered", async () => {
    const people = await connected();
    const history = people.client.history({ channel: "everyone", limit: 2 });
    await people.socket().close(1012);
    await comeBack(people, { everyone: 2 });

    const messages = [aMessage("everyone", 2), aMessage("everyone", 1)];
    await people.socket().say({ type: "history", channel: "everyone", messages });

    expect(people.socket().heardOf("history")).toEqual([{ type: "history", channel: "everyone", limit: 2 }]);
    expect(await history).toMatchObject({ ok: true, value: { entries: [{ message: { seq: 2 } }, {}] } });
  });

  test("of one channel goes one after the other", async () => {
    const people = await connected();
    void people.client.history({ channel: "everyone" });
    void people.client.history({ channel: "everyone", before: 3 });
    const before = people.socket().heardOf("history").length;

    await people.socket().say({ type: "history", channel: "everyone", messages: [] });

    expect([before, people.socket().heardOf("history").length]).toEqual([1, 2]);
  });

  test("ends without an answer after a time", async () => {
    const people = await connected();
    const presence = people.client.presence();

    for (let second = 0; second < 30; second++) {
      await people.pass(1_000);
      await people.socket().say({ type: "pong" });
    }

    expect(await presence).toMatchObject({ ok: false, problem: { code: "no_answer" } });
  });

  test("ends when the server refuses it", async () => {
    const people = await connected();
    const history = people.client.history({ channel: "role:admin" });

    const error = { type: "error", code: "channel_unknown", message: "no", of: "history", ref: "role:admin" };
    await people.socket().say(error);

    expect(await history).toMatchObject({ ok: false, problem: { code: "channel_unknown" } });
  });
});

describe("a connection", () => {
  test("that says nothing is asked, and given up where it does not answer", async () => {
    const people = await connected();

    await people.pass(SILENCE_MS_MAX);
    expect(people.socket().heardOf("ping")).toHaveLength(1);
    await people.pass(PONG_TIMEOUT_MS);

    expect(people.sockets[0]?.isClosedByClient).toBe(true);
    expect(people.client.status).toMatchObject({ state: "connecting", attempts: 1 });
  });

  test("that answers is kept", async () => {
    const people = await connected();

    await people.pass(SILENCE_MS_MAX);
    await people.socket().say({ type: "pong" });
    await people.pass(PONG_TIMEOUT_MS);

    expect(people.client.status).toMatchObject({ state: "connected" });
    expect(people.sockets).toHaveLength(1);
  });

  test("is tried again with pauses that grow, and no more often than that", async () => {
    const people = scriptedPeople();
    people.client.start();

    for (let attempt = 1; attempt < 10; attempt++) {
      await people.socket().close(1006);
      await people.another();
    }

    const pauses = people
      .told("status")
      .flatMap(({ status }) => (status.state === "connecting" && status.nextAtEpochMs !== undefined ? [status] : []));
    expect(pauses.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(people.sockets).toHaveLength(10);
  });

  test("is tried no sooner than the server has asked for", async () => {
    const people = scriptedPeople();
    people.client.start();
    await people.socket().accept();
    await people.socket().say({ type: "error", code: "quota_reached", message: "", retry_after_seconds: 5 });
    await people.socket().close(1013);

    await people.pass(4_999);
    const before = people.sockets.length;
    await people.pass(600);

    expect([before, people.sockets.length]).toEqual([1, 2]);
  });

  test("is tried at once when the page wakes", async () => {
    const people = scriptedPeople();
    people.client.start();
    for (let attempt = 1; attempt < 7; attempt++) {
      await people.socket().close(1006);
      await people.another();
    }
    await people.socket().close(1006);
    const before = people.sockets.length;

    people.client.wake();

    expect([before, people.sockets.length]).toEqual([7, 8]);
  });

  test("is asked whether it lives when the page wakes", async () => {
    const people = await connected();

    people.client.wake();

    expect(people.socket().heardOf("ping")).toHaveLength(1);
  });

  test("is followed by the next before its end, on which nothing is lost in between", async () => {
    const people = scriptedPeople();
    people.client.start();
    await people.socket().welcome({ everyone: 1 }, people.nowMs() + 120 * MINUTE_MS);
    await keepAlive(people, 119);

    expect(people.sockets).toHaveLength(2);
    const [first, second] = people.sockets;
    await second?.accept();
    await first?.say(aMessage("everyone", 2));
    people.client.answer("req-1", "yes");
    await second?.welcome({ everyone: 2 }, people.nowMs() + 120 * MINUTE_MS);

    expect(first?.isClosedByClient).toBe(true);
    expect(second?.heardOf("user_response")).toHaveLength(1);
    expect(seqs(people)).toEqual([2]);
    expect(people.told("status").map(({ status }) => status.state)).toEqual(["connecting", "connected", "connected"]);
  });

  test("that would end with its credential anyhow is not followed again and again", async () => {
    const people = scriptedPeople();
    people.client.start();
    const endsAtEpochMs = people.nowMs() + 10 * MINUTE_MS;
    await people.socket().welcome({}, endsAtEpochMs);
    await keepAlive(people, 9);
    await people.socket().welcome({}, endsAtEpochMs);

    await keepAlive(people, 1);

    expect(people.sockets).toHaveLength(2);
  });

  test("is ended by who stops, and nothing begins again", async () => {
    const people = await connected();
    people.client.answer("req-1", "yes");

    people.client.stop();
    await people.pass(10 * MINUTE_MS);

    expect(people.socket().heardOf("disconnect")).toHaveLength(1);
    expect(people.sockets).toHaveLength(1);
    expect(people.client.unsent).toHaveLength(1);
  });
});

/** Lets the time pass on a connection whose server answers. */
async function keepAlive(people: ScriptedPeople, minutes: number): Promise<void> {
  const [first] = people.sockets;
  for (let step = 0; step < minutes * 6; step++) {
    await people.pass(10_000);
    await first?.say({ type: "pong" });
    if (people.sockets.length > 1) return;
  }
}
