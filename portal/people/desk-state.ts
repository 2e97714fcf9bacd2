import type { Unsent } from "../../client/people/parts.ts";
import type { PeopleEvent, PeopleStatus } from "../../client/people/people-event.ts";
import {
  type BoardQuestion,
  EMPTY_BOARD,
  type QuestionBoard,
  withAsked,
  withClosed,
  withRead,
} from "../../client/people/question-board.ts";
import type {
  AnswerOutcome,
  AskedQuestion,
  HistoryPage,
  Json,
  PeopleMessage,
  Presence,
  Welcome,
} from "../../client/people/wire.ts";
import { channelWords } from "./channel-words.ts";
import { beginningOf } from "./question-words.ts";

/** What is shown of a channel's messages: the oldest first. */
export interface ShownLog {
  readonly messages: readonly PeopleMessage[];
  /** Of the page before; undefined where there is none, or none was read. */
  readonly before: number | undefined;
  readonly isRead: boolean;
}

/** A message of one's own that its channel does not show yet, or never will. */
export interface SentMessage {
  readonly ref: string;
  readonly to: string;
  readonly body: Json;
  readonly atEpochMs: number;
  readonly state: "waiting" | "stored" | "rejected";
  readonly why?: string;
  readonly place?: { readonly channel: string; readonly seq: number };
}

export type EarlierQuestions =
  | { readonly state: "begun"; readonly cursor?: string }
  | { readonly state: "reading" }
  | { readonly state: "all" };

/** All that the page shows. */
export interface DeskState {
  readonly status: PeopleStatus;
  /** Of the last connection, also while there is none. */
  readonly welcome: Welcome | undefined;
  readonly board: QuestionBoard;
  /** Those that were looked for, and are not there, or can't be read now. */
  readonly unfound: ReadonlyMap<string, "absent" | "unread">;
  /** Where the questions of the past go on, before those that are shown. */
  readonly earlier: EarlierQuestions;
  /** What became of answers that were given here. */
  readonly outcomes: ReadonlyMap<string, AnswerOutcome>;
  /** Answers that were given here, sent or not. */
  readonly answers: ReadonlyMap<string, Json>;
  readonly unsent: readonly Unsent[];
  readonly logs: ReadonlyMap<string, ShownLog>;
  readonly sent: readonly SentMessage[];
  readonly unread: ReadonlyMap<string, number>;
  readonly presence: Presence | undefined;
  /** For those who can't see it. */
  readonly announcement: string;
}

export const EMPTY_LOG: ShownLog = { messages: [], before: undefined, isRead: false };

export const EMPTY_DESK: DeskState = {
  status: { state: "idle" },
  welcome: undefined,
  board: EMPTY_BOARD,
  unfound: new Map(),
  earlier: { state: "begun" },
  outcomes: new Map(),
  answers: new Map(),
  unsent: [],
  logs: new Map(),
  sent: [],
  unread: new Map(),
  presence: undefined,
  announcement: "",
};

/**
 * Whether somebody who looks elsewhere is told of it. What is open when a connection begins has no number, and is no news,
 * nor is another wording. What was asked just now may have been read already: its first wording is delivered once.
 */
export function isNews({ board }: DeskState, { requestId, revision, delivered }: AskedQuestion): boolean {
  if (delivered === undefined) return false;
  const known = board.questions.get(requestId);
  return known === undefined || (revision === 1 && known.closed === undefined);
}

/** What an event of the client makes of it. @param shown the channel that somebody looks at. */
export function afterEvent(state: DeskState, event: PeopleEvent, shown: string | undefined): DeskState {
  switch (event.kind) {
    case "status":
      return afterStatus(state, event.status);
    case "asked":
      return withBoard(state, withAsked(state.board, event.question));
    case "closed":
      return { ...state, board: withClosed(state.board, event.closed), ...announcedEnd(state, event.closed) };
    case "message":
      return afterMessage(state, event.message, shown);
    case "answered":
      return afterAnswer(state, event.outcome);
    case "published": {
      const place = { channel: event.channel, seq: event.seq };
      return { ...state, sent: changed(state.sent, event.ref, { state: "stored", place }) };
    }
    case "rejected":
      return afterRejected(state, event);
    case "unsent":
      return { ...state, unsent: event.unsent };
    case "left":
      return { ...state, logs: without(state.logs, event.channel), unread: without(state.unread, event.channel) };
    case "joined":
    case "error":
      return state;
  }
}

function afterStatus(state: DeskState, status: PeopleStatus): DeskState {
  if (status.state === "connected") return { ...state, status, welcome: status.welcome };
  return { ...state, status };
}

function announcedEnd(
  { board, welcome }: DeskState,
  { requestId, reason, by }: { readonly requestId: string; readonly reason: string; readonly by?: string },
): Partial<DeskState> {
  const known = board.questions.get(requestId);
  if (known === undefined || known.closed !== undefined || by === welcome?.subject) return {};
  const who = by === undefined ? "" : ` by ${by}`;
  return { announcement: `A question was ${reason}${who}: ${beginningOf(known.question)}` };
}

function afterMessage(state: DeskState, message: PeopleMessage, shown: string | undefined): DeskState {
  const { channel, from } = message;
  const log = state.logs.get(channel) ?? EMPTY_LOG;
  const logs = new Map(state.logs).set(channel, { ...log, messages: merged(log.messages, [message]) });
  if (channel === shown || from === state.welcome?.subject) return { ...state, logs };
  const unread = new Map(state.unread).set(channel, (state.unread.get(channel) ?? 0) + 1);
  return { ...state, logs, unread, announcement: `New message from ${from} in ${channelWords(channel).title}` };
}

function afterAnswer(state: DeskState, outcome: AnswerOutcome): DeskState {
  const outcomes = new Map(state.outcomes).set(outcome.requestId, outcome);
  const announcement = outcome.status === "answered" ? "Your answer is stored." : "Your answer was not taken.";
  return { ...state, outcomes, announcement };
}

function afterRejected(
  state: DeskState,
  { unsent, message }: Extract<PeopleEvent, { readonly kind: "rejected" }>,
): DeskState {
  if (unsent.kind === "message") {
    return { ...state, sent: changed(state.sent, unsent.id, { state: "rejected", why: message }) };
  }
  return afterAnswer(state, { requestId: unsent.requestId, status: "forbidden", detail: message });
}

/** A page of what was before; of questions too, as they were told. */
export function afterHistory(state: DeskState, page: HistoryPage): DeskState {
  let { board } = state;
  const messages: PeopleMessage[] = [];
  for (const entry of page.entries) {
    if (entry.type === "ask_user") board = withAsked(board, entry.question);
    else if (entry.type === "question_closed") board = withClosed(board, entry.closed);
    else messages.push(entry.message);
  }
  const log = state.logs.get(page.channel) ?? EMPTY_LOG;
  const shown: ShownLog = { messages: merged(log.messages, messages), before: page.before, isRead: true };
  return { ...withBoard(state, board), logs: new Map(state.logs).set(page.channel, shown) };
}

export function afterRead(state: DeskState, questions: readonly BoardQuestion[]): DeskState {
  return withBoard(state, questions.reduce(withRead, state.board));
}

/** Whether a question is told of, read, or found in a history first is chance: it is announced each way, and once. */
function withBoard(state: DeskState, board: QuestionBoard): DeskState {
  const latest = [...board.questions.values()]
    .filter(({ requestId, closed }) => closed === undefined && !state.board.questions.has(requestId))
    .sort((a, b) => a.askedAtEpochMs - b.askedAtEpochMs)
    .at(-1);
  if (latest === undefined) return { ...state, board };
  return { ...state, board, announcement: `New question from ${latest.askedBy}: ${beginningOf(latest.question)}` };
}

/** Those of one's own that their channel does not show. */
export function waitingMessages({ sent, logs }: DeskState, channel: string): readonly SentMessage[] {
  const { to } = channelWords(channel);
  return sent.filter((message) => {
    if (to === undefined ? !message.to.startsWith("member:") : message.to !== to) return false;
    const { place } = message;
    const shown = place === undefined ? undefined : logs.get(place.channel);
    return !shown?.messages.some(({ seq }) => seq === place?.seq);
  });
}

function merged(known: readonly PeopleMessage[], fresh: readonly PeopleMessage[]): readonly PeopleMessage[] {
  const all = new Map([...known, ...fresh].map((message) => [message.seq, message]));
  return [...all.values()].sort((a, b) => a.seq - b.seq);
}

function changed(sent: readonly SentMessage[], ref: string, change: Partial<SentMessage>): readonly SentMessage[] {
  return sent.map((message) => (message.ref === ref ? { ...message, ...change } : message));
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  return new Map([...map].filter(([name]) => name !== key));
}
