/** The clients of the router's benchmark: they connect, publish, and note what they hear. */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { answering, NotAsked } from "../measure/answering.ts";
import { type Audience, CONNECTIONS_A_MEMBER, type CrowdQuestion, type Heard, subjectOf } from "./questions.ts";

/** Clients that are on their way to be connected at a time. */
const CONNECTING_AT_ONCE = 64;
/** Of a message's text, beside its number. */
const FILLER = "A message as people write them to each other: about a hundred characters long, and in one frame.";
/** So long without anything heard is a fault of the server's, or of the benchmark's. */
const SILENCE_MS_MAX = 60_000;
const TICK_MS = 2;

interface Client {
  readonly socket: WebSocket;
  /** As the server says it. */
  subject: string;
  /** The number of the last message of each channel, by which one that comes again is told. */
  readonly last: Map<string, number>;
}

interface Sent {
  readonly atMs: number;
  left: number;
}

const clients: Client[] = [];
/** Why connections have ended. */
const closed: string[] = [];
const sent = new Map<number, Sent>();
const latenciesMs: number[] = [];
let sentCount = 0;
let heard: () => void = () => {};

async function connect({ port, count, tokens }: Extract<CrowdQuestion, { ask: "connect" }>): Promise<object> {
  let next = 0;
  const connecting = async (): Promise<void> => {
    while (next < count) {
      const member = Math.floor(next++ / CONNECTIONS_A_MEMBER);
      clients.push(await connected(port, { subject: subjectOf(member), token: tokens[member] }));
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, connecting));
  return {};
}

function connected(
  port: number,
  { subject, token }: { readonly subject: string; readonly token: string | undefined },
): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ["skein.v1"]);
  const client: Client = { socket, subject, last: new Map() };
  return new Promise((resolve, reject) => {
    socket.once("open", () => socket.send(JSON.stringify({ type: "connect", token, member: subject })));
    socket.once("close", (code, reason) => {
      reject(new ClientLost(`${code} ${reason}`));
      closed.push(`${code} ${reason}`);
    });
    socket.on("error", reject);
    socket.on("message", (data) => {
      const text = String(data);
      if (text.startsWith('{"type":"message"')) take(client, text);
      else if (text.startsWith('{"type":"connect_ack"')) {
        client.subject = JSON.parse(text).subject;
        resolve(client);
      } else if (!text.startsWith('{"type":"published"')) throw new ClientLost(text);
    });
  });
}

/** Without a parse of the whole: the clients share a core, and the server is what is measured. */
function take(client: Client, text: string): void {
  const seq = numberAt(text, '"seq":');
  const channel = text.slice(text.indexOf('"channel":'), text.indexOf('"seq":'));
  if (seq <= (client.last.get(channel) ?? 0)) return;
  client.last.set(channel, seq);
  const number = numberAt(text, '"n":');
  const message = sent.get(number);
  if (message === undefined) throw new ClientLost(`nobody has sent ${text}`);
  latenciesMs.push(performance.now() - message.atMs);
  message.left--;
  if (message.left > 0) return;
  sent.delete(number);
  heard();
}

const numberAt = (text: string, name: string): number =>
  Number.parseInt(text.slice(text.indexOf(name) + name.length), 10);

/** Each client in its turn, so that none speaks faster than it may. */
function publish({ to }: Audience): void {
  const n = sentCount++;
  const client = clients[n % clients.length];
  const hearer = clients[(n * CONNECTIONS_A_MEMBER) % clients.length];
  if (client === undefined || hearer === undefined) throw new ClientLost("nobody is connected");
  const isToAll = to === "everyone";
  sent.set(n, { atMs: performance.now(), left: isToAll ? clients.length : CONNECTIONS_A_MEMBER });
  const audience = isToAll ? "everyone" : `member:${hearer.subject}`;
  client.socket.send(JSON.stringify({ type: "message", to: audience, body: { n, text: FILLER } }));
}

/** Until no more than so many are to be heard still. */
async function untilLeft(count: number): Promise<void> {
  while (sent.size > count) {
    const { promise, resolve } = Promise.withResolvers<"heard">();
    heard = () => resolve("heard");
    const patience = new AbortController();
    const silent = sleep(SILENCE_MS_MAX, "silent", { signal: patience.signal }).catch(() => "heard");
    if ((await Promise.race([promise, silent])) === "silent") throw new ClientLost(notHeard());
    patience.abort();
  }
}

function notHeard(): string {
  const left = [...sent.values()].reduce((sum, message) => sum + message.left, 0);
  return `${sent.size} messages are not heard by ${left} clients; ended have ${closed.length}: ${closed[0]}`;
}

async function measured(work: () => Promise<void>): Promise<Heard> {
  latenciesMs.length = 0;
  const startedMs = performance.now();
  await work();
  await untilLeft(0);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds, deliveries: latenciesMs.length, latenciesMs: [...Float64Array.from(latenciesMs).sort()] };
}

async function publishAll(asked: Extract<CrowdQuestion, { ask: "publish all" }>): Promise<void> {
  for (let message = 0; message < asked.messages; message++) {
    publish(asked);
    await untilLeft(asked.atOnce - 1);
  }
}

async function publishAtRate(asked: Extract<CrowdQuestion, { ask: "publish at a rate" }>): Promise<void> {
  const startedMs = performance.now();
  for (let done = 0; done < asked.messages; ) {
    const due = Math.ceil(((performance.now() - startedMs) * asked.perSecond) / 1_000);
    for (; done < Math.min(due, asked.messages); done++) publish(asked);
    await sleep(TICK_MS);
  }
}

async function leave(): Promise<object> {
  for (const { socket } of clients.splice(0)) socket.terminate();
  return {};
}

answering(async (question: CrowdQuestion) => {
  switch (question.ask) {
    case "connect":
      return connect(question);
    case "publish all":
      return measured(() => publishAll(question));
    case "publish at a rate":
      return measured(() => publishAtRate(question));
    case "leave":
      return leave();
    default:
      throw new NotAsked(question satisfies never);
  }
});

/** A client lost its connection, or was told what it does not know. */
class ClientLost extends Error {
  readonly code = "client_lost";
}
