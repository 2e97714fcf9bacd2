import { expect, test } from "vitest";
import type { PeopleEvent } from "../../../client/people/people-event.ts";
import type { PeopleMessage, Welcome } from "../../../client/people/wire.ts";
import {
  afterEvent,
  afterHistory,
  type DeskState,
  EMPTY_DESK,
  waitingMessages,
} from "../../../portal/people/desk-state.ts";

const WELCOME: Welcome = {
  connectionId: "c1",
  tenant: "local",
  subject: "ann",
  role: "owner",
  channels: new Map([["everyone", 0]]),
  endsAtEpochMs: 9,
};
const message = (seq: number, from = "bob"): PeopleMessage => ({
  channel: "everyone",
  seq,
  id: `m${seq}`,
  from,
  atEpochMs: seq,
  body: `body ${seq}`,
});

function after(
  events: readonly PeopleEvent[],
  { from = EMPTY_DESK, shown }: { from?: DeskState; shown?: string } = {},
) {
  const connected: PeopleEvent = { kind: "status", status: { state: "connected", welcome: WELCOME } };
  return [connected, ...events].reduce((state, event) => afterEvent(state, event, shown), from);
}

test("messages count as unread where nobody looks, and one's own never", () => {
  const events = [message(1), message(2), message(3, "ann")].map(
    (each) => ({ kind: "message", message: each }) as const,
  );

  expect(after(events).unread).toEqual(new Map([["everyone", 2]]));
  expect(after(events, { shown: "everyone" }).unread).toEqual(new Map());
});

test("a page of history goes before what came meanwhile, and nothing stands there twice", () => {
  const live = after([{ kind: "message", message: message(5) }]);
  const entries = [5, 4, 3].map((seq) => ({ type: "message", message: message(seq) }) as const);

  const state = afterHistory(live, { channel: "everyone", entries, before: 3 });

  expect(state.logs.get("everyone")?.messages.map(({ seq }) => seq)).toEqual([3, 4, 5]);
  expect(state.logs.get("everyone")).toMatchObject({ before: 3, isRead: true });
});

test("a message of one's own is shown as waiting until its channel has it", () => {
  const sent = { ref: "r1", to: "everyone", body: "hello", atEpochMs: 1, state: "waiting" } as const;
  const waiting = after([], { from: { ...EMPTY_DESK, sent: [sent] } });

  const stored = after([{ kind: "published", ref: "r1", channel: "everyone", seq: 7 }], { from: waiting });
  const shown = after([{ kind: "message", message: message(7, "ann") }], { from: stored });

  expect([waiting, stored, shown].map((state) => waitingMessages(state, "everyone").length)).toEqual([1, 1, 0]);
});

test("what was sent to one person stays with the direct messages", () => {
  const sent = { ref: "r1", to: "member:bob", body: "hello", atEpochMs: 1, state: "waiting" } as const;

  const state = after([{ kind: "published", ref: "r1", channel: "member:digest", seq: 1 }], {
    from: { ...EMPTY_DESK, sent: [sent] },
  });

  expect(waitingMessages(state, "member:mine")).toMatchObject([{ ref: "r1", state: "stored" }]);
  expect(waitingMessages(state, "everyone")).toEqual([]);
});

test("a message that was rejected says why", () => {
  const sent = { ref: "r1", to: "everyone", body: "hello", atEpochMs: 1, state: "waiting" } as const;
  const unsent = { kind: "message", id: "r1", to: "everyone", body: "hello" } as const;

  const state = after([{ kind: "rejected", unsent, code: "role_forbidden", message: "for others" }], {
    from: { ...EMPTY_DESK, sent: [sent] },
  });

  expect(state.sent).toMatchObject([{ state: "rejected", why: "for others" }]);
});

test("an answer that was rejected is told as an answer that was not taken", () => {
  const unsent = { kind: "answer", requestId: "req-1", answer: "yes" } as const;

  const state = after([{ kind: "rejected", unsent, code: "role_forbidden", message: "for others" }]);

  expect(state.outcomes.get("req-1")).toMatchObject({ status: "forbidden", detail: "for others" });
  expect(state.announcement).toBe("Your answer was not taken.");
});
