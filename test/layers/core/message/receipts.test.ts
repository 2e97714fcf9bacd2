import { expect, test } from "vitest";
import { RECEIPT_LIST_MAX } from "../../../../layers/core/message/limits.ts";
import { Receipts } from "../../../../layers/core/message/receipts.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { acme, bar, channel, draft, everyone, messageBench, value } from "./message-bench.ts";

async function receiptBench() {
  const bench = messageBench();
  const drafts = ["a", "b", "c", "d", "e"].map((body) => draft(body));
  await bench.log.append(acme, everyone, drafts);
  const deps = { ...bench, digest: sha256 };
  return { ...bench, deps, receipts: new Receipts(deps) };
}

test("a receipt only rises, whatever order it is told in", async () => {
  const { receipts, clock } = await receiptBench();
  const readAtEpochMs = clock.nowMs();
  const ann = { channel: everyone, subject: "ann" };

  const first = await receipts.note(acme, { ...ann, seq: 3 });
  clock.advance(1_000);
  const late = await receipts.note(acme, { ...ann, seq: 2 });

  const receipt = { ...ann, seq: 3, atEpochMs: readAtEpochMs };
  expect([first, late]).toEqual([ok(receipt), ok(receipt)]);
  expect(await receipts.find(acme, ann)).toEqual(receipt);
  expect(value(await receipts.note(acme, { ...ann, seq: 5 }))).toMatchObject({ seq: 5 });
  expect(await receipts.find(acme, { ...ann, subject: "bob" })).toBeUndefined();
  expect(await receipts.find(bar, ann)).toBeUndefined();
});

test("of what was not published there is no receipt, and of what was published since there is", async () => {
  const { receipts, log } = await receiptBench();
  const ann = { channel: everyone, subject: "ann" };

  for (const seq of [0, -1, 1.5, Number.NaN, 6])
    expect(await receipts.note(acme, { ...ann, seq })).toEqual(refused({ reason: "receipt_invalid", head: 5 }));
  expect(await receipts.find(acme, ann)).toBeUndefined();
  expect(await receipts.note(bar, { ...ann, seq: 1 })).toEqual(refused({ reason: "receipt_invalid", head: 0 }));
  await log.append(acme, everyone, [draft("f")]);
  expect(value(await receipts.note(acme, { ...ann, seq: 6 })).seq).toBe(6);
});

test("those are listed who have read a message, of this channel and tenant alone, page by page", async () => {
  const { receipts, log } = await receiptBench();
  await log.append(acme, channel("channel:x"), [draft("x")]);
  for (const [index, subject] of ["ann", "bob", "cid", "dan", "eve"].entries())
    await receipts.note(acme, { channel: everyone, subject, seq: index + 1 });
  await receipts.note(acme, { channel: channel("channel:x"), subject: "fay", seq: 1 });

  const subjects: string[] = [];
  let cursor: string | undefined;
  do {
    const page = value(await receipts.list(acme, { channel: everyone, seq: 3, limit: 2, cursor }));
    subjects.push(...page.receipts.map((receipt) => receipt.subject));
    cursor = page.cursor;
  } while (cursor !== undefined);

  expect(subjects.toSorted()).toEqual(["cid", "dan", "eve"]);
  expect(await receipts.list(bar, { channel: everyone, seq: 1, limit: 5 })).toEqual(ok({ receipts: [] }));
  for (const limit of [0, -1, Number.NaN, RECEIPT_LIST_MAX + 1])
    expect(await receipts.list(acme, { channel: everyone, seq: 1, limit })).toEqual(
      refused({ reason: "receipt_limit_invalid", limitMax: RECEIPT_LIST_MAX }),
    );
  expect(await receipts.list(acme, { channel: everyone, seq: 1, limit: 1, cursor: "x" })).toEqual(
    refused({ reason: "receipt_cursor_malformed" }),
  );
});

test("a receipt is over once all messages are that it could tell of", async () => {
  const { receipts, clock } = await receiptBench();
  const ann = { channel: everyone, subject: "ann" };
  await receipts.note(acme, { ...ann, seq: 1 });

  clock.advance(90 * 86_400_000 - 1_000);
  const before = await receipts.find(acme, ann);
  clock.advance(1_000);

  expect(before).toMatchObject({ seq: 1 });
  expect(await receipts.find(acme, ann)).toBeUndefined();
});
