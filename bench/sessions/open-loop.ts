import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";

/** Callers that keep a connection each; a call that finds all taken waits, and its wait counts. */
const CONNECTIONS_MAX = 64;
const TICK_MS = 1;

export interface Sent {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

export interface Load {
  readonly url: string;
  readonly perSecond: number;
  readonly durationMs: number;
  /** The `index`th call. */
  readonly call: (index: number) => Sent;
  /** Throws for a reply that is not the right one. */
  readonly check: (sent: Sent, status: number, body: string) => void;
}

/**
 * Sends at a fixed rate whatever the replies do, as a crowd does: a slow reply delays no later call.
 *
 * @returns for each kind of call the time from sending to the end of the reply, in milliseconds, rising.
 */
export async function openLoop(load: Load): Promise<ReadonlyMap<string, readonly number[]>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const startedMs = performance.now();
  const callCount = Math.round((load.perSecond * load.durationMs) / 1_000);
  const timesMs = new Map<string, number[]>();
  const calls: Promise<void>[] = [];
  const sendOne = async (sent: Sent): Promise<void> => {
    const sentMs = performance.now();
    const reply = await send(load.url, agent, sent);
    const times = timesMs.get(sent.kind) ?? [];
    times.push(performance.now() - sentMs);
    timesMs.set(sent.kind, times);
    load.check(sent, reply.status, reply.body);
  };
  while (calls.length < callCount) {
    const dueCount = Math.ceil(((performance.now() - startedMs) * load.perSecond) / 1_000);
    while (calls.length < Math.min(dueCount, callCount)) calls.push(sendOne(load.call(calls.length)));
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(calls);
  agent.destroy();
  for (const times of timesMs.values()) times.sort((left, right) => left - right);
  return timesMs;
}

/** One call on a connection that is kept. */
export async function send(url: string, agent: Agent, { method, path, body }: Omit<Sent, "kind">) {
  const outgoing = request(`${url}${path}`, {
    method,
    agent,
    headers:
      body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
  });
  outgoing.end(body);
  const [incoming]: IncomingMessage[] = await once(outgoing, "response");
  if (incoming === undefined) throw new TypeError("a response event without a response");
  incoming.setEncoding("utf8");
  let text = "";
  for await (const part of incoming) text += part;
  return { status: incoming.statusCode ?? 0, body: text };
}
