import type { Unsent } from "./parts.ts";
import type { AnswerOutcome, AskedQuestion, ClosedQuestion, PeopleMessage, Welcome } from "./wire.ts";

export type PeopleStatus =
  | { readonly state: "idle" }
  /** `attempts` that failed since the last good connection; where some did, the next is made at `nextAtEpochMs`. */
  | { readonly state: "connecting"; readonly attempts: number; readonly nextAtEpochMs?: number }
  | { readonly state: "connected"; readonly welcome: Welcome }
  /** The server does not want whoever this is. It is tried no more before `start` is called again. */
  | { readonly state: "refused"; readonly code: string; readonly message: string };

/** What a client tells those who listen. */
export type PeopleEvent =
  | { readonly kind: "status"; readonly status: PeopleStatus }
  /** May be told again, with a greater `revision` where it was edited. */
  | { readonly kind: "asked"; readonly question: AskedQuestion }
  | { readonly kind: "closed"; readonly closed: ClosedQuestion }
  | { readonly kind: "message"; readonly message: PeopleMessage }
  /** What became of an answer: it is stored, or it never will be. */
  | { readonly kind: "answered"; readonly outcome: AnswerOutcome }
  | { readonly kind: "published"; readonly ref: string; readonly channel: string; readonly seq: number }
  /** An answer or a message that the server will not take. */
  | { readonly kind: "rejected"; readonly unsent: Unsent; readonly code: string; readonly message: string }
  | { readonly kind: "unsent"; readonly unsent: readonly Unsent[] }
  | { readonly kind: "joined" | "left"; readonly channel: string }
  /** Told by the server of something else. For whoever looks for a fault. */
  | { readonly kind: "error"; readonly code: string; readonly message: string };
