import { expect, test } from "vitest";
import type { PeopleEvent } from "../../../client/people/people-event.ts";
import type { BoardQuestion } from "../../../client/people/question-board.ts";
import type { PeopleMessage, Welcome } from "../../../client/people/wire.ts";
import {
  afterEvent,
  afterHistory,
  afterRead,
  type DeskState,
  EMPTY_DESK,
  isNews,
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

const QUESTION: BoardQuestion = {
  requestId: "q1",
  question: "Anybody there?",
  askedBy: "bot",
  urgency: "normal",
  askedAtEpochMs: 1,
  expiresAtEpochMs: 9,
  revision: 1,
};

const DELIVERED = { ...QUESTION, delivered: { channel: "everyone", seq: 1, id: "q1.1", from: "bot", atEpochMs: 1 } };

test("a new question is announced once, whether it is told of, read or found in a history first", () => {
  const entry = { type: "ask_user", question: DELIVERED } as const;
  const ways: readonly ((state: DeskState) => DeskState)[] = [
    (state) => afterEvent(state, { kind: "asked", question: QUESTION }, undefined),
    (state) => afterRead(state, [QUESTION]),
    (state) => afterHistory(state, { channel: "everyone", entries: [entry] }),
  ];

  for (const first of ways) {
    const announced = first(EMPTY_DESK);
    const quiet: DeskState = { ...announced, announcement: "" };

    expect(announced.announcement).toBe("New question from bot: Anybody there?");
    expect(ways.map((next) => next(quiet).announcement)).toEqual(["", "", ""]);
  }
});

test("of several new questions the last that was asked is announced", () => {
  const later: BoardQuestion = { ...QUESTION, requestId: "q2", question: "And now?", askedAtEpochMs: 2 };

  expect(afterRead(EMPTY_DESK, [later, QUESTION]).announcement).toBe("New question from bot: And now?");
});

test("a question is news when it is delivered, also where it was read before, and in other words only where it was not", () => {
  const reworded = { ...DELIVERED, revision: 2 };
  const known = afterRead(EMPTY_DESK, [QUESTION]);
  const over = afterRead(EMPTY_DESK, [{ ...QUESTION, closed: { reason: "expired", atEpochMs: 9 } }]);

  expect([QUESTION, DELIVERED, reworded].map((asked) => isNews(EMPTY_DESK, asked))).toEqual([false, true, true]);
  expect([QUESTION, DELIVERED, reworded].map((asked) => isNews(known, asked))).toEqual([false, true, false]);
  expect(isNews(over, DELIVERED)).toBe(false);
});

test("a question that is over when it is read is not announced", () => {
  const over: BoardQuestion = { ...QUESTION, closed: { reason: "expired", atEpochMs: 9 } };

  expect(afterRead(after([]), [over]).announcement).toBe("");
});
