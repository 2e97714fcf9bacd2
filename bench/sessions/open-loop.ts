import { HttpConnection, type RawReply, type RawRequest } from "../http/http-client.ts";

/** Callers that keep a connection each. A call that finds none free waits for one, and its wait counts. */
const CONNECTIONS = 64;
const TICK_MS = 1;

export interface OfferedCall {
  /** Calls of one kind are timed together. */
  readonly kind: "read" | "write" | "floor";
  readonly request: RawRequest;
}

export interface Load {
  readonly port: number;
  readonly perSecond: number;
  readonly durationMs: number;
  /** The `index`th call. */
  readonly call: (index: number) => OfferedCall;
  /** Throws for a reply that is not the right one. */
  readonly check: (call: OfferedCall, reply: RawReply) => void;
}

/** For each kind of call the times from sending to the end of the reply, in milliseconds, rising. */
export type TimesMs = ReadonlyMap<string, readonly number[]>;

/** Sends at a fixed rate whatever the replies do, as a crowd does: a slow reply delays no later call. */
export async function openLoop({ port, perSecond, durationMs, call, check }: Load): Promise<TimesMs> {
  const callers = callersOf(port);
  const timesMs = new Map<string, number[]>();
  const sendOne = async (offered: OfferedCall): Promise<void> => {
    const sentMs = performance.now();
    const reply = await callers.send(offered.request);
    const times = timesMs.get(offered.kind) ?? [];
    times.push(performance.now() - sentMs);
    timesMs.set(offered.kind, times);
    check(offered, reply);
  };
  const startedMs = performance.now();
  const callCount = Math.round((perSecond * durationMs) / 1_000);
  const calls: Promise<void>[] = [];
  while (calls.length < callCount) {
    const dueCount = Math.ceil(((performance.now() - startedMs) * perSecond) / 1_000);
    while (calls.length < Math.min(dueCount, callCount)) calls.push(sendOne(call(calls.length)));
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(calls);
  callers.close();
  for (const times of timesMs.values()) times.sort((left, right) => left - right);
  return timesMs;
}

/** Connections that carry one call at a time, and those who wait for one. */
function callersOf(port: number) {
  const connections = Array.from({ length: CONNECTIONS }, () => new HttpConnection(port));
  const free = [...connections];
  const waiting: ((connection: HttpConnection) => void)[] = [];
  return {
    async send(request: RawRequest): Promise<RawReply> {
      const connection = free.pop() ?? (await new Promise<HttpConnection>((resolve) => waiting.push(resolve)));
      const reply = await connection.send(request);
      const next = waiting.shift();
      if (next === undefined) free.push(connection);
      else next(connection);
      return reply;
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}
