import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proves } from "../../conformance/proves.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import {
  type Door,
  type RawReply,
  type ServerSentEvent,
  serverSentEvents,
  socketDoor,
} from "../../fixtures/http-exchange.ts";
import { journalOf, newJournal } from "../../fixtures/journal.ts";
import { answerTo, LEGACY, modernCall, openSession, RpcMessage, toolCall } from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let here: Door;
let there: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 2 });
  const [one, other] = fleet.cells;
  here = socketDoor(`${one?.url}/mcp`);
  there = socketDoor(`${other?.url}/mcp`);
});

afterAll(() => fleet.close());

async function eventsOf(raw: RawReply): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(raw)) events.push(event);
  return events;
}

async function firstOf(raw: RawReply): Promise<ServerSentEvent> {
  for await (const event of serverSentEvents(raw)) {
    raw.leave();
    return event;
  }
  throw new TypeError("the stream ended without an event");
}

const messagesIn = (events: readonly ServerSentEvent[]): RpcMessage[] =>
  events.filter(({ data }) => data !== "").map(({ data }) => RpcMessage.parse(JSON.parse(data)));

/** Long enough that the call becomes a stream. */
const LONG_MS = 1_500;

proves("stream:resume", "in another process", async () => {
  const session = await openSession(here, "2025-11-25");
  const journal = newJournal();
  const call = session.request("tools/call", toolCall("wait", { journal, ms: LONG_MS }), { id: 41 });

  const { id } = await firstOf(await here(call));
  const resumed = messagesIn(await eventsOf(await there(session.get(id))));

  expect(resumed.filter((message) => message.id === 41)).toEqual([
    expect.objectContaining({ result: { content: [{ type: "text", text: "Waited." }] } }),
  ]);
  expect(journalOf(journal)).toEqual(["begun", "done"]);
});

proves("stream:resume", "a reply that was read already comes again, and the call is not run again", async () => {
  const session = await openSession(here, "2025-11-25");
  const journal = newJournal();
  const args = { journal, directory: dirname(journal), ms: 400 };
  const params = { ...toolCall("make_once", args), _meta: { progressToken: "p" } };

  const whole = await eventsOf(await here(session.request("tools/call", params, { id: 1 })));
  const again = await eventsOf(await there(session.get(whole[0]?.id)));
  const after = await eventsOf(await there(session.get(whole.at(-1)?.id)));

  expect(messagesIn(again)).toEqual(messagesIn(whole).slice(-1));
  expect(messagesIn(after)).toEqual([]);
  expect(journalOf(journal)).toEqual(["begun", "done"]);
});

proves("stream:own", "of another call", async () => {
  const session = await openSession(here, "2025-11-25");
  const long = (id: number) =>
    session.request("tools/call", toolCall("wait", { journal: newJournal(), ms: LONG_MS }), { id });

  const [one, other] = await Promise.all([eventsOf(await here(long(1))), eventsOf(await there(long(2)))]);
  const replayed = messagesIn(await eventsOf(await there(session.get(one[0]?.id))));

  expect(messagesIn(other).map((message) => message.id)).toEqual([2]);
  expect(replayed.map((message) => message.id)).toEqual([1]);
});

proves("stream:own", "of another session", async () => {
  const [owner, stranger] = [await openSession(here, "2025-11-25"), await openSession(here, "2025-11-25")];
  const journal = newJournal();
  const [priming] = await eventsOf(
    await here(owner.request("tools/call", toolCall("wait", { journal, ms: LONG_MS }), { id: 1 })),
  );

  const replayed = await eventsOf(await there(stranger.get(priming?.id)));

  expect(messagesIn(replayed)).toEqual([]);
});

for (const lastEventId of ["x", "1", "../..", "a:b:c", " ", "9".repeat(500)]) {
  proves("stream:own", `"${lastEventId.slice(0, 20)}" names no stream, so nothing is replayed`, async () => {
    const session = await openSession(here, "2025-11-25");
    await answerTo(here, session.request("tools/call", toolCall("test_trigger_tool_change")));

    const raw = await there(session.get(lastEventId));
    const first = await firstOf(raw);

    expect(raw.status).toBe(200);
    expect(first.data).toBe("");
  });
}

proves("stream:ids", async () => {
  const session = await openSession(here, "2025-11-25");
  const call = (id: number) =>
    session.request("tools/call", toolCall("wait", { journal: newJournal(), ms: LONG_MS }), { id });

  const streams = await Promise.all([here, there, here].map(async (door, id) => eventsOf(await door(call(id)))));
  const ids = streams.flat().flatMap((event) => event.id ?? []);

  expect(ids.length).toBeGreaterThanOrEqual(6);
  expect(new Set(ids).size).toBe(ids.length);
});

for (const version of LEGACY) {
  proves("stream:priming", version, async () => {
    const session = await openSession(here, version);
    const call = session.request("tools/call", toolCall("wait", { journal: newJournal(), ms: LONG_MS }));

    const events = await eventsOf(await here(call));
    const primings = events.filter((event) => event.data === "");

    expect(primings.length > 0).toBe(version === "2025-11-25");
    expect(primings.every((event) => event.id !== undefined && event.retryMs !== undefined)).toBe(true);
  });
}

for (const version of LEGACY) {
  proves("stream:one", version, async () => {
    const session = await openSession(here, version);
    const uri = `test://watched-in-${version}`;
    await answerTo(here, session.request("resources/subscribe", { uri }));
    const streams = [await here(session.get()), await there(session.get())];
    const heard: string[] = [];
    const hear = streams.map(async (raw) => {
      for await (const { data } of serverSentEvents(raw)) heard.push(data);
    });
    const times = () => heard.filter((data) => data.includes(uri)).length;

    await answerTo(there, modernCall("touch_resource", { uri }));
    await eventually(() => expect(times()).toBe(1));
    await answerTo(here, modernCall("touch_resource", { uri }));
    await eventually(() => expect(times()).toBeGreaterThan(1));
    for (const raw of streams) raw.leave();
    await Promise.allSettled(hear);

    expect(times()).toBe(2);
    expect(heard.filter((data) => data !== "" && "id" in JSON.parse(data))).toEqual([]);
  });

  proves("cancel:notified", `${version}, in another process`, async () => {
    const session = await openSession(here, version);
    const journal = newJournal();
    const call = here(session.request("tools/call", toolCall("wait", { journal, ms: 20_000 }), { id: "c" }));
    await eventually(() => expect(journalOf(journal)).toEqual(["begun"]));

    await answerTo(there, session.notification("notifications/cancelled", { requestId: "c", reason: "enough" }));
    await eventually(() => expect(journalOf(journal)).toEqual(["begun", "stopped"]));

    const messages = messagesIn(await eventsOf(await call));
    expect(messages.filter((message) => message.result !== undefined)).toEqual([]);
  });
}

test("a client that leaves has not cancelled", async () => {
  const session = await openSession(here, "2025-06-18");
  const journal = newJournal();
  const leaving = new AbortController();
  const call = session.request("tools/call", toolCall("wait", { journal, ms: 5_000 }));
  const left = expect(
    fetch(`${fleet.cells[0]?.url}/mcp`, { ...call, signal: leaving.signal }).then((reply) => reply.text()),
  ).rejects.toThrow();
  await eventually(() => expect(journalOf(journal)).toEqual(["begun"]));

  leaving.abort();

  await left;
  await eventually(() => expect(journalOf(journal)).toEqual(["begun", "done"]));
});
