/** What the process of the clients is asked, over its channel; each question has one answer. */
export type CrowdQuestion =
  /** Connects so many, of people who have ten connections each, and answers once all are. */
  | { readonly ask: "connect"; readonly port: number; readonly count: number; readonly tokens: readonly string[] }
  /** Publishes so many, as many at once as `atOnce`, and answers once each was heard by all it was for. */
  | ({ readonly ask: "publish all"; readonly messages: number; readonly atOnce: number } & Audience)
  /** Publishes at a fixed rate, however late they are heard. */
  | ({ readonly ask: "publish at a rate"; readonly messages: number; readonly perSecond: number } & Audience)
  | { readonly ask: "leave" };

export interface Audience {
  /** Whom each message is for: all, or the connections of one of the people in turn. */
  readonly to: "everyone" | "one member";
}

/** People have so many connections each: a message to one of them goes to so many. */
export const CONNECTIONS_A_MEMBER = 10;

/** Told of the measurement's own people. */
export const subjectOf = (member: number): string => `member-${member}`;

export interface Heard {
  readonly seconds: number;
  readonly deliveries: number;
  /** From the sending of each message to its coming, at each of those it was for; rising. */
  readonly latenciesMs: readonly number[];
}
