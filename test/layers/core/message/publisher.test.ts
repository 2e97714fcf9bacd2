import { expect, test } from "vitest";
import { parseLaneMessage } from "../../../../layers/core/delivery/lane-message.ts";
import { MESSAGE_BODY_BYTES_MAX } from "../../../../layers/core/message/limits.ts";
import {
  keyedMessageId,
  type Publication,
  Publisher,
  type PublisherDeps,
} from "../../../../layers/core/message/publisher.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { acme, bar, draft, everyone, logParts, messageBench, told, value } from "./message-bench.ts";

/** What a process publishes with; what it sends to the queue and tells the meter is kept. */
function publisherBench(given: Partial<PublisherDeps> = {}) {
  const bench = messageBench();
  const sent: { readonly tenantId: TenantId; readonly body: string }[] = [];
  const metered: string[] = [];
  const reports: unknown[] = [];
  const deps: PublisherDeps = {
    log: bench.log,
    digest: sha256,
    chance: seededChance(7),
    lanes: { shardsFor: async () => [0, 1] },
    queue: {
      send: async (tenantId, { body }) => {
        sent.push({ tenantId, body });
        return ok({ id: "1" });
      },
    },
    meter: { record: (tenantId, { messages }) => metered.push(`${tenantId} ${messages}`) },
    report: (fault) => reports.push(fault),
    ...given,
  };
  const lanes = () => sent.map(({ body }) => parseLaneMessage(body));
  return { ...bench, deps, publisher: new Publisher(deps), sent, lanes, metered, reports };
}

function publication(body: string, given: Partial<Publication> = {}): Publication {
  return { audience: { kind: "everyone" }, type: "message", from: "ann", body, ...given };
}

test("a published message is stored, metered, and its lanes are called once each", async () => {
  const { publisher, log, lanes, metered, sent } = publisherBench();

  const published = value(await publisher.publish(acme, publication("a")));

  expect(published).toMatchObject({ channel: "everyone", seq: 1, isNew: true, isTold: true });
  expect(published.messageId).toMatch(/^msg_[A-Za-z0-9_-]{22}$/);
  expect(told((await log.read(acme, { channel: everyone, after: 0, limit: 10 })).messages)).toEqual(["1 a"]);
  expect(lanes()).toEqual([0, 1].map((shard) => ({ channel: "everyone", shard, from: 1, upTo: 1 })));
  expect(sent.map(({ tenantId }) => tenantId)).toEqual([acme, acme]);
  expect(metered).toEqual(["acme 1"]);
});

test("whom it is for decides in which channel it is stored", async () => {
  const { publisher } = publisherBench();
  const audiences: readonly Publication["audience"][] = [
    { kind: "role", role: "admin" },
    { kind: "member", subject: "bob" },
    { kind: "channel", name: "deploys" },
    { kind: "connection", connectionId: "abc=" },
  ];

  const channels = [];
  for (const audience of audiences)
    channels.push(value(await publisher.publish(acme, publication("a", { audience }))).channel);

  expect(channels).toEqual(["role:admin", `member:${sha256("bob")}`, "channel:deploys", "connection:abc="]);
});

test("a body of 64 KiB is taken, and one of a byte more is refused and changes nothing", async () => {
  const { publisher, log, sent, metered } = publisherBench();
  const fitting = "ä".repeat(MESSAGE_BODY_BYTES_MAX / 2 - 1);

  const refusal = await publisher.publish(acme, publication(`${fitting}.`));

  const problem = { reason: "message_too_large", bytes: MESSAGE_BODY_BYTES_MAX + 1, bytesMax: MESSAGE_BODY_BYTES_MAX };
  expect(refusal).toEqual(refused(problem));
  expect([await log.headOf(acme, everyone), sent, metered]).toEqual([0, [], []]);
  expect(value(await publisher.publish(acme, publication(fitting))).seq).toBe(1);
});

test("a message of the same id is published once, in the same process, in another, and at the same moment", async () => {
  const { publisher, deps, log, metered } = publisherBench();
  const messageId = keyedMessageId(sha256, { from: "ann", key: "order-1" });

  const [first, meanwhile] = await Promise.all([
    publisher.publish(acme, publication("a", { messageId })),
    publisher.publish(acme, publication("a", { messageId })),
  ]);
  const later = value(await publisher.publish(acme, publication("a", { messageId })));
  const elsewhere = value(await new Publisher(deps).publish(acme, publication("a", { messageId })));

  expect(value(first)).toMatchObject({ seq: 1, messageId, isNew: true });
  for (const again of [value(meanwhile), later, elsewhere]) expect(again).toEqual({ ...value(first), isNew: false });
  expect(await log.headOf(acme, everyone)).toBe(1);
  expect(metered).toEqual(["acme 1"]);
});

test("a key stands for what it has published, and what says something else under it is refused and not stored", async () => {
  const { publisher, deps, log, metered, sent } = publisherBench();
  const said = (body: Publication["body"]) => publication("", { body, key: "order-1" });

  const [first, meanwhile] = await Promise.all([
    publisher.publish(acme, said({ a: 1, b: 2 })),
    publisher.publish(acme, said({ a: 2, b: 2 })),
  ]);
  const sentBefore = sent.length;
  const refusals = [meanwhile];
  const again = [];
  for (const one of [publisher, new Publisher(deps)]) {
    refusals.push(await one.publish(acme, said({ a: 1 })), await one.publish(acme, said([{ a: 1, b: 2 }])));
    again.push(value(await one.publish(acme, said({ b: 2, a: 1 }))));
  }

  expect(value(first)).toMatchObject({
    messageId: keyedMessageId(sha256, { from: "ann", key: "order-1" }),
    isNew: true,
  });
  for (const refusal of refusals) expect(refusal).toEqual(refused({ reason: "idempotency_key_reused" }));
  expect(again).toMatchObject([first, first].map((one) => ({ ...value(one), isNew: false })));
  expect([await log.headOf(acme, everyone), metered]).toEqual([1, ["acme 1"]]);
  expect(sent.slice(sentBefore).map(({ body }) => parseLaneMessage(body)?.upTo)).toEqual([1, 1]);
});

test("who says under a key what it stands for is told so, beside another who is refused at the same moment", async () => {
  const { publisher, deps } = publisherBench();
  await publisher.publish(acme, publication("a", { key: "k" }));
  const elsewhere = new Publisher(deps);

  const [other, same] = await Promise.all([
    elsewhere.publish(acme, publication("b", { key: "k" })),
    elsewhere.publish(acme, publication("a", { key: "k" })),
  ]);

  expect(other).toEqual(refused({ reason: "idempotency_key_reused" }));
  expect(value(same)).toMatchObject({ seq: 1, isNew: false });
});

test("of two processes that say different things under one key at the same moment one is refused", async () => {
  const { publisher, deps, log, table, clock, metered } = publisherBench();
  const their = logParts({ table, clock, seed: 2 }).log;
  await their.append(acme, everyone, [draft("before")]);
  const findRecent: PublisherDeps["log"]["findRecent"] = async (...of) => {
    const found = await their.findRecent(...of);
    await publisher.publish(acme, publication("a", { key: "k" }));
    return found;
  };
  const late = new Publisher({ ...deps, log: { append: (...of) => their.append(...of), findRecent } });

  const refusal = await late.publish(acme, publication("b", { key: "k" }));

  expect(refusal).toEqual(refused({ reason: "idempotency_key_reused" }));
  expect(told((await log.read(acme, { channel: everyone, after: 0, limit: 10 })).messages)).toEqual([
    "1 before",
    "2 a",
  ]);
  expect(metered).toEqual(["acme 1"]);
});

test("what names its message itself is told of it, whatever it says the second time", async () => {
  const { publisher, deps } = publisherBench();
  await publisher.publish(acme, publication("a", { messageId: "m" }));

  for (const one of [publisher, new Publisher(deps)])
    expect(value(await one.publish(acme, publication("b", { messageId: "m" })))).toMatchObject({
      seq: 1,
      isNew: false,
    });
});

test("another's message of the same id, another tenant's, or one elsewhere is another message", async () => {
  const { publisher, deps } = publisherBench();
  const messageId = "msg_1";
  await publisher.publish(acme, publication("a", { messageId }));

  for (const one of [publisher, new Publisher(deps)]) {
    const bobs = await one.publish(acme, publication("b", { messageId, from: `bob ${one === publisher}` }));
    const audience = { kind: "channel", name: `x${one === publisher}` } as const;
    const inChannel = await one.publish(acme, publication("c", { messageId, audience }));
    expect([value(bobs).isNew, value(inChannel).isNew]).toEqual([true, true]);
  }
  expect(value(await publisher.publish(bar, publication("d", { messageId })))).toMatchObject({ seq: 1, isNew: true });
});

test("keys make ids of their own for each who uses them", () => {
  const ids = [
    { from: "ann", key: "k" },
    { from: "bob", key: "k" },
    { from: "ann", key: "l" },
  ].map((named) => keyedMessageId(sha256, named));

  expect(new Set(ids).size).toBe(3);
  expect(keyedMessageId(sha256, { from: "ann", key: "k" })).toBe(ids[0]);
});

test("where the queue does not answer the message is stored all the same, and the next time its lanes are called", async () => {
  const fault = new StoreFault("queue", "send", { cause: undefined });
  let isBroken = true;
  const calls: string[] = [];
  const send: PublisherDeps["queue"]["send"] = async (_, { body }) => {
    if (isBroken) throw fault;
    calls.push(body);
    return ok({ id: "1" });
  };
  const { publisher, log, reports } = publisherBench({ queue: { send } });

  const published = value(await publisher.publish(acme, publication("a", { messageId: "m" })));
  isBroken = false;
  const again = value(await publisher.publish(acme, publication("a", { messageId: "m" })));

  expect(published).toMatchObject({ seq: 1, isNew: true, isTold: false });
  expect(reports).toEqual([fault]);
  expect(await log.headOf(acme, everyone)).toBe(1);
  expect(again).toEqual({ ...published, isNew: false, isTold: true });
  expect(calls.map(parseLaneMessage)).toMatchObject([
    { from: 1, upTo: 1 },
    { from: 1, upTo: 1 },
  ]);
});

test("where the store does not answer the publisher is told, and may publish it again", async () => {
  const { log, ...bench } = publisherBench();
  let isBroken = true;
  const append: PublisherDeps["log"]["append"] = async (...given) => {
    if (isBroken) throw new StoreFault("table", "put", { cause: undefined });
    return log.append(...given);
  };
  const publisher = new Publisher({ ...bench.deps, log: { append, findRecent: (...of) => log.findRecent(...of) } });

  await expect(publisher.publish(acme, publication("a", { messageId: "m" }))).rejects.toMatchObject({
    code: "store_unavailable",
  });
  isBroken = false;

  expect(value(await publisher.publish(acme, publication("a", { messageId: "m" })))).toMatchObject({ isNew: true });
  expect(bench.metered).toEqual(["acme 1"]);
});

test("what is published while a call is on its way is told of by one call after it", async () => {
  const { deps } = publisherBench();
  const bodies: string[] = [];
  let answer: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const send: PublisherDeps["queue"]["send"] = async (_, { body }) => {
    bodies.push(body);
    if (bodies.length === 1) await first;
    return ok({ id: "1" });
  };
  const publisher = new Publisher({ ...deps, queue: { send }, lanes: { shardsFor: async () => [3] } });

  const one = publisher.publish(acme, publication("1"));
  await expect.poll(() => bodies.length).toBe(1);
  const others = ["2", "3", "4"].map((body) => publisher.publish(acme, publication(body)));
  const other = await publisher.publish(acme, publication("x", { audience: { kind: "channel", name: "x" } }));
  answer();
  const published = await Promise.all([one, ...others]);

  expect(published.map((each) => value(each).isTold)).toEqual([true, true, true, true]);
  expect(value(other).isTold).toBe(true);
  const inEveryone = bodies.map(parseLaneMessage).filter((lane) => lane?.channel === "everyone");
  expect(inEveryone).toMatchObject([
    { from: 1, upTo: 1 },
    { from: 2, upTo: 4 },
  ]);
});

test("a tenant that has as many channels as it may have is refused another", async () => {
  const { publisher, table } = publisherBench();
  await table.put({ pk: "TENANT#acme#CHANNEL", sk: "NAMES", count: 1_000, "channel:old": 1 });
  const to = (name: string) => publisher.publish(acme, publication("a", { audience: { kind: "channel", name } }));

  expect(await to("new")).toEqual(refused({ reason: "channels_reached", limit: 1_000 }));
  expect(value(await to("old")).seq).toBe(1);
});
