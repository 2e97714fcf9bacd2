import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MESSAGE_BYTES_MAX, type Message, type Queue } from "../../layers/core/ports/queue.ts";
import { tenant } from "../fixtures/tenants.ts";

export interface QueueUnderTest {
  /** New and empty. A message received {@link RECEIVES_MAX} times becomes a dead letter. */
  readonly queue: Queue;
  /** Lets time pass for the queue. */
  advance(durationMs: number): void;
  close(): Promise<void>;
}

/** How the queue under test is set up. */
export const RECEIVES_MAX = 2;

const acme = tenant("acme");
const other = tenant("other");
const now = { max: 10, visibilitySeconds: 30, waitSeconds: 0 };

/** What every adapter of the port promises. */
export function queueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`the queue contract, on ${name}`, () => {
    let made: QueueUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());
    const subject = () => made;

    delivers(subject);
    hidesAndShows(subject);
    waits(subject);
    buries(subject);
    keepsMessageLimits(subject);
  });
}

type Subject = () => QueueUnderTest;

function delivers(subject: Subject): void {
  test("a message comes with its tenant, its body and its count of deliveries", async () => {
    const { queue } = subject();
    const body = '{"text":"ä €\\u0000 \\ud800","list":[]}\t\r\n';

    const sent = await queue.send(acme, { body });
    const received = await queue.receive(now);

    expect(sent).toMatchObject({ ok: true });
    expect(received).toEqual([
      { id: sent.ok ? sent.value.id : "", tenantId: acme, body, attempt: 1, receipt: expect.any(String) },
    ]);
  });

  test("tenant A's message never comes as tenant B's", async () => {
    const { queue } = subject();
    for (const n of [1, 2, 3]) {
      await queue.send(acme, { body: `acme ${n}` });
      await queue.send(other, { body: `other ${n}` });
    }

    const received = await receiveAll(queue);

    expect(received).toHaveLength(6);
    expect(received.every(({ tenantId, body }) => body.startsWith(`${tenantId} `))).toBe(true);
  });

  test("an empty queue gives nothing", async () => {
    const { queue } = subject();

    expect(await queue.receive(now)).toEqual([]);
    expect(await queue.receive({ ...now, max: 1 })).toEqual([]);
  });

  test("many receivers at once never hold the same message, and together hold all", async () => {
    const { queue } = subject();
    await Promise.all(Array.from({ length: 30 }, (_, n) => queue.send(acme, { body: String(n) })));

    const batches = await Promise.all(Array.from({ length: 10 }, () => queue.receive({ ...now, max: 3 })));

    const bodies = batches.flat().map(({ body }) => Number(body));
    expect(bodies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(batches.every(({ length }) => length <= 3)).toBe(true);
  });
}

function hidesAndShows(subject: Subject): void {
  test("a message that is not completed comes again when its time is over, with another receipt", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "m" });
    const [first] = await queue.receive(now);

    advance(29_999);
    const early = await queue.receive(now);
    advance(1);
    const [again] = await queue.receive(now);

    expect(early).toEqual([]);
    expect(again).toMatchObject({ id: first?.id, attempt: 2 });
    expect(again?.receipt).not.toBe(first?.receipt);
  });

  test("a completed message never comes again", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "m" });
    const [message] = await queue.receive(now);

    await queue.complete(message?.receipt ?? "");
    await queue.complete(message?.receipt ?? "");

    advance(60_000);
    expect(await queue.receive(now)).toEqual([]);
  });

  test("completing late, when another has the message, is no error and takes it from nobody", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "m" });
    const [late] = await queue.receive(now);
    advance(30_000);
    const [current] = await queue.receive(now);

    await queue.complete(late?.receipt ?? "");
    await queue.extend(late?.receipt ?? "", 1);

    advance(29_999);
    expect(await queue.receive(now)).toEqual([]);
    await queue.complete(current?.receipt ?? "");
    advance(60_000);
    expect(await queue.receive(now)).toEqual([]);
  });

  test("extending hides for longer, from now on; 0 gives the message back at once", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "m" });
    const [message] = await queue.receive({ ...now, visibilitySeconds: 10 });
    advance(9000);

    await queue.extend(message?.receipt ?? "", 20);
    advance(19_000);
    const hidden = await queue.receive(now);
    await queue.extend(message?.receipt ?? "", 0);
    const shown = await queue.receive(now);

    expect(hidden).toEqual([]);
    expect(shown).toMatchObject([{ id: message?.id, attempt: 2 }]);
  });

  test("a delayed message comes when its delay is over", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "m", delaySeconds: 900 });

    advance(899_999);
    const early = await queue.receive(now);
    advance(1);
    const due = await queue.receive(now);

    expect(early).toEqual([]);
    expect(due).toMatchObject([{ body: "m", attempt: 1 }]);
  });
}

function waits(subject: Subject): void {
  test("a waiting receiver gets what is sent meanwhile", async () => {
    const { queue } = subject();
    const waiting = queue.receive({ ...now, waitSeconds: 20 });

    await queue.send(acme, { body: "m" });

    expect(await waiting).toMatchObject([{ body: "m" }]);
  });

  test("a receiver waits no longer than it was told", async () => {
    const { queue, advance } = subject();

    const waiting = queue.receive({ ...now, waitSeconds: 1 });
    advance(1000);

    expect(await waiting).toEqual([]);
  });

  test("a receiver that is called off leaves at once and takes nothing", async () => {
    const { queue } = subject();
    const caller = new AbortController();
    const waiting = queue.receive({ ...now, waitSeconds: 20, signal: caller.signal });

    caller.abort();

    expect(await waiting).toEqual([]);
    expect(await queue.receive({ ...now, waitSeconds: 20, signal: AbortSignal.abort() })).toEqual([]);
  });
}

function buries(subject: Subject): void {
  const die = async ({ queue, advance }: QueueUnderTest, times = RECEIVES_MAX): Promise<void> => {
    for (let n = 0; n < times; n++) {
      await queue.receive(now);
      advance(30_000);
    }
  };

  test("a message received too often is a dead letter and no longer delivered", async () => {
    const { queue } = subject();
    await queue.send(acme, { body: "bad" });

    await die(subject());
    const after = await queue.receive(now);
    const dead = [await queue.deadLetters(10), await queue.deadLetters(10)];

    expect(after).toEqual([]);
    expect(dead).toMatchObject([[{ tenantId: acme, body: "bad" }], [{ tenantId: acme, body: "bad" }]]);
  });

  test("a redriven dead letter begins its life again, and is no longer among the dead", async () => {
    const { queue, advance } = subject();
    await queue.send(acme, { body: "bad" });
    await queue.send(other, { body: "good" });
    for (const message of await queue.receive(now)) {
      if (message.body === "good") await queue.complete(message.receipt);
    }
    advance(30_000);
    await die(subject(), RECEIVES_MAX - 1);
    await queue.receive(now);
    const [dead] = await queue.deadLetters(1);

    await queue.redrive(dead?.receipt ?? "");

    expect(await queue.receive(now)).toMatchObject([{ tenantId: acme, body: "bad", attempt: 1 }]);
    expect(await queue.deadLetters(10)).toEqual([]);
  });
}

function keepsMessageLimits(subject: Subject): void {
  test("a body of the greatest size is delivered, one byte more is refused and told", async () => {
    const { queue } = subject();
    const largest = "é".repeat(MESSAGE_BYTES_MAX / 2);

    const sent = await queue.send(acme, { body: largest });
    const refused = await queue.send(acme, { body: `${largest}x` });

    expect(sent).toMatchObject({ ok: true });
    expect(refused).toEqual({
      ok: false,
      problem: { reason: "message_too_large", bytes: MESSAGE_BYTES_MAX + 1, bytesMax: MESSAGE_BYTES_MAX },
    });
    const received = await queue.receive(now);
    expect(received.map(({ body }) => body === largest)).toEqual([true]);
  });

  test("bodies that SQS does not take, and numbers out of range, are faults", async () => {
    const { queue } = subject();
    const malformed = { code: "message_malformed" };

    for (const body of ["", "a\0b", "\u000b", "\ud800", "\ufffe"]) {
      await expect(queue.send(acme, { body })).rejects.toMatchObject(malformed);
    }
    for (const delaySeconds of [-1, 901, 0.5, Number.NaN]) {
      await expect(queue.send(acme, { body: "m", delaySeconds })).rejects.toMatchObject(malformed);
    }
    for (const wrong of [
      { max: 0 },
      { max: 11 },
      { visibilitySeconds: -1 },
      { visibilitySeconds: 43_201 },
      { waitSeconds: 21 },
    ]) {
      await expect(queue.receive({ ...now, ...wrong })).rejects.toMatchObject(malformed);
    }
    await expect(queue.deadLetters(11)).rejects.toMatchObject(malformed);
    await expect(queue.extend("any", 43_201)).rejects.toMatchObject(malformed);
    expect(await queue.receive(now)).toEqual([]);
  });
}

async function receiveAll(queue: Queue, batchesMax = 20): Promise<Message[]> {
  const received: Message[] = [];
  for (let batch = 0; batch < batchesMax; batch++) {
    const messages = await queue.receive(now);
    if (messages.length === 0) return received;
    received.push(...messages);
  }
  throw new RangeError(`more than ${batchesMax} batches`);
}
