/** Where a client stands in a call's stream; also the id of the question that the event carried. */
export interface CallEvent {
  readonly callId: string;
  readonly seq: number;
}

export function callEventId({ callId, seq }: CallEvent): string {
  return `${callId}.${seq}`;
}

/** Undefined for what we never gave out. */
export function parseCallEventId(raw: unknown): CallEvent | undefined {
  const match = typeof raw === "string" ? /^([0-9a-f-]{36})\.(\d{1,6})$/.exec(raw) : null;
  const [, callId, seq] = match ?? [];
  return callId === undefined || seq === undefined ? undefined : { callId, seq: Number(seq) };
}

const FEED_PREFIX = "feed.";

export function feedEventId(position: string): string {
  return `${FEED_PREFIX}${position}`;
}

export function parseFeedEventId(raw: string): string | undefined {
  const position = raw.startsWith(FEED_PREFIX) ? raw.slice(FEED_PREFIX.length) : "";
  return /^\d{15}(?:#[A-Za-z0-9_-]{1,16})?$/.test(position) ? position : undefined;
}
