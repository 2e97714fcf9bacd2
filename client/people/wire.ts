/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Where something stands in its channel's log. */
export interface Delivered {
  readonly channel: string;
  /** One more than that of the message before, but where `resumed` has said otherwise. */
  readonly seq: number;
  readonly id: string;
  /** The subject of whoever published it. */
  readonly from: string;
  readonly atEpochMs: number;
}

export interface PeopleMessage extends Delivered {
  readonly body: Json;
}

export type Urgency = "low" | "normal" | "high";

/** What somebody wants to know: a text, one of `choices`, or a form of `schema`. */
export interface AskedQuestion {
  readonly requestId: string;
  readonly question: string;
  readonly choices?: readonly string[];
  /** JSON Schema of one level. */
  readonly schema?: { readonly [name: string]: Json };
  readonly urgency: Urgency;
  readonly askedBy: string;
  readonly askedAtEpochMs: number;
  /** From then on it takes no answer. */
  readonly expiresAtEpochMs: number;
  /** Of two that tell of one question the greater counts. */
  readonly revision: number;
  /** Left out where no message told of it, but the connection's beginning. */
  readonly delivered?: Delivered;
}

export type ClosedReason = "answered" | "withdrawn" | "expired";

export interface ClosedQuestion {
  readonly requestId: string;
  readonly reason: ClosedReason;
  /** Left out where its time ran out. */
  readonly by?: string;
  /** Where it was answered, and not at length. */
  readonly answer?: Json;
  readonly delivered: Delivered;
}

/** What stands in the log of a channel. */
export type LogEntry =
  | { readonly type: "message"; readonly message: PeopleMessage }
  | { readonly type: "ask_user"; readonly question: AskedQuestion & { readonly delivered: Delivered } }
  | { readonly type: "question_closed"; readonly closed: ClosedQuestion };

export interface HistoryPage {
  readonly channel: string;
  /** The newest first. */
  readonly entries: readonly LogEntry[];
  /** For the page of those before; left out on the last. */
  readonly before?: number;
}

export interface Present {
  readonly subject: string;
  readonly connections: number;
  readonly sinceEpochMs: number;
}

export interface Presence {
  readonly members: readonly Present[];
  /** False where there are more than are told. */
  readonly isWhole: boolean;
}

/** Who the server takes this client for, and what it hears. */
export interface Welcome {
  readonly connectionId: string;
  readonly tenant: string;
  readonly subject: string;
  readonly role: string;
  /** The last number of each channel that the connection hears. */
  readonly channels: ReadonlyMap<string, number>;
  readonly endsAtEpochMs: number;
  /** Of one frame, where whoever holds the connection takes no more than that. */
  readonly frameBytesMax?: number;
}

/** How far what was missed of a channel has been told. */
export interface Resumed {
  readonly seq: number;
  /** The last that there is. */
  readonly head: number;
  /** It says that messages are over, or never were, and more of the answer follows. */
  readonly isPart: boolean;
}

export type AnswerStatus = "answered" | "closed" | "unknown" | "invalid" | "forbidden";

export interface AnswerOutcome {
  readonly requestId: string;
  readonly status: AnswerStatus;
  /** What is wrong with an answer that is invalid. */
  readonly detail?: string;
  /** By whom a question is closed that somebody else was first to answer. */
  readonly by?: string;
}

export interface ToldError {
  readonly code: string;
  readonly message: string;
  /** The type of the frame that it answers. */
  readonly of?: string;
  /** What that frame named. */
  readonly ref?: string;
  readonly retryAfterMs?: number;
}

/** What servers say. */
export type ServerFrame =
  | LogEntry
  /** A question that is open now, told at the connection's beginning. */
  | { readonly type: "open_question"; readonly question: AskedQuestion }
  | { readonly type: "connect_ack"; readonly welcome: Welcome }
  | { readonly type: "history"; readonly page: HistoryPage }
  | { readonly type: "presence"; readonly presence: Presence }
  | { readonly type: "resumed"; readonly channels: ReadonlyMap<string, Resumed> }
  | { readonly type: "response_ack"; readonly outcome: AnswerOutcome }
  | {
      readonly type: "published";
      readonly id: string;
      readonly channel: string;
      readonly seq: number;
      /** The id that its sender gave. */
      readonly ref?: string;
    }
  | { readonly type: "joined"; readonly channel: string; readonly head: number }
  | { readonly type: "left"; readonly channel: string }
  | { readonly type: "lagged" }
  | { readonly type: "error"; readonly error: ToldError }
  | { readonly type: "pong" };

/** What clients say, but for `connect`. */
export type ClientFrame =
  | { readonly type: "user_response"; readonly request_id: string; readonly answer: Json }
  | { readonly type: "message"; readonly to: string; readonly body: Json; readonly id: string }
  | { readonly type: "ack"; readonly channel: string; readonly seq: number }
  | { readonly type: "history"; readonly channel: string; readonly before?: number; readonly limit?: number }
  | { readonly type: "resume"; readonly after: Readonly<Record<string, number>> }
  | { readonly type: "join" | "leave"; readonly channel: string }
  | { readonly type: "presence" | "ping" | "disconnect" };

export interface ConnectFrame {
  readonly type: "connect";
  readonly token?: string;
  readonly ticket?: string;
  readonly channels?: readonly string[];
  readonly after?: Readonly<Record<string, number>>;
}
