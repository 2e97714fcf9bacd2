import type { JobId } from "../job/job-id.ts";
import type { Audience } from "../message/channel.ts";
import type { Json } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";

/** `open` until the first of the others; nothing changes a question that is over. */
export const QUESTION_STATES = ["open", "answered", "withdrawn", "expired"] as const;
export type QuestionState = (typeof QUESTION_STATES)[number];

export const URGENCIES = ["low", "normal", "high"] as const;
export type Urgency = (typeof URGENCIES)[number];

/** What may be asked of people: a text, one of several choices, or a form. */
export interface QuestionContent {
  readonly question: string;
  /** Left out where `schema` is given. One of them is the answer. */
  readonly choices?: readonly string[];
  /** The flat subset of JSON Schema that elicitation has: the answer is an object of it. */
  readonly schema?: Readonly<Record<string, Json>>;
  readonly urgency: Urgency;
}

/** Something that a program or a member wants to know of people, until the first of them has answered. */
export interface Question extends QuestionContent {
  readonly tenantId: TenantId;
  /** What upstream calls the `request_id`: `req-…`. Unguessable, and in the order of time. */
  readonly questionId: string;
  /** The subject in whose name it is asked; who may edit or withdraw it. */
  readonly asker: string;
  readonly to: Audience;
  /** The job that waits for the answer, where one does. */
  readonly jobId?: JobId;
  readonly state: QuestionState;
  /** Rises with each change. */
  readonly revision: number;
  readonly askedAtEpochMs: number;
  /** From then on it takes no answer, whether or not anybody has looked. */
  readonly expiresAtEpochMs: number;
  readonly answer?: {
    /** A text, one of the choices, or an object of the schema. */
    readonly value: Json;
    readonly by: string;
    readonly atEpochMs: number;
  };
  readonly closedAtEpochMs?: number;
  /** Who answered or withdrew it; left out where its time ran out. */
  readonly closedBy?: string;
}
