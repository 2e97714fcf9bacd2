import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blob, type BlobContent, LIST_LIMIT_MAX } from "../../layers/core/ports/blob.ts";
import { blobKey } from "../../layers/core/store/keys.ts";
import { tenant } from "../fixtures/tenants.ts";
import { takesUploads } from "./blob-uploads.ts";

export interface BlobUnderTest {
  readonly blob: Blob;
  /** Keys of all sorts that the store takes, in the order of their UTF-8 bytes. */
  readonly orderedKeys: readonly string[];
  close(): Promise<void>;
}

/** The blob under test, and a prefix that no other test has. */
export type BlobSubject = () => BlobUnderTest & { readonly prefix: string };

/** What every adapter of the port promises. */
export function blobContract(name: string, make: () => Promise<BlobUnderTest>): void {
  describe(`the blob contract, on ${name}`, () => {
    let made: BlobUnderTest;
    let prefixes = 0;
    const subject = () => ({ ...made, prefix: `test-${prefixes++}/` });
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.close());

    keepsContent(subject);
    readsRanges(subject);
    judgesConditions(subject);
    listsInOrder(subject);
    keepsBlobLimits(subject);
    takesUploads(subject);
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytesOf(text);
}

export async function readAll(content: BlobContent | undefined): Promise<Buffer | undefined> {
  if (content === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of content.body) parts.push(part);
  return Buffer.concat(parts);
}

async function textAt(blob: Blob, key: string, range?: { first: number; last?: number }): Promise<string | undefined> {
  const got = await blob.get(key, range);
  if (!got.ok) throw new RangeError(got.problem.reason);
  return (await readAll(got.value))?.toString();
}

function keepsContent(subject: BlobSubject): void {
  test("bytes come back as they were put, whole or in pieces, with what is known of them", async () => {
    const { blob, prefix } = subject();
    const every = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
    const before = Date.now();

    const whole = await blob.put(`${prefix}whole`, every);
    const streamed = await blob.put(`${prefix}streamed`, pieces("ä", "", "b", "😀"));

    expect(whole).toMatchObject({ ok: true, value: { key: `${prefix}whole`, bytes: 1024 } });
    expect(streamed).toMatchObject({ ok: true, value: { key: `${prefix}streamed`, bytes: 7 } });
    const got = await blob.get(`${prefix}whole`);
    expect(got.ok && (await readAll(got.value))).toEqual(Buffer.from(every));
    expect(await textAt(blob, `${prefix}streamed`)).toBe("äb😀");
    const known = await blob.head(`${prefix}whole`);
    expect(known).toEqual({
      key: `${prefix}whole`,
      bytes: 1024,
      etag: expect.any(String),
      modifiedAtEpochMs: expect.any(Number),
    });
    expect(known?.etag).toBe(whole.ok ? whole.value.etag : "");
    expect(known?.etag).toMatch(/^[^"]+$/);
    // S3 keeps whole seconds.
    expect(Math.abs((known?.modifiedAtEpochMs ?? 0) - before)).toBeLessThan(60_000);
  });

  test("an empty blob is a blob", async () => {
    const { blob, prefix } = subject();

    await blob.put(`${prefix}empty`, new Uint8Array(0));
    await blob.put(`${prefix}streamed`, pieces());

    for (const name of ["empty", "streamed"]) {
      expect(await blob.head(prefix + name)).toMatchObject({ bytes: 0 });
      expect(await textAt(blob, prefix + name)).toBe("");
    }
  });

  test("a put replaces what was there, and its etag tells another content from the same one", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    await blob.put(key, bytesOf("one, longer"));
    const one = await blob.head(key);

    await blob.put(key, bytesOf("two"));
    const two = await blob.head(key);

    expect(await textAt(blob, key)).toBe("two");
    expect(two?.bytes).toBe(3);
    expect(two?.etag).not.toBe(one?.etag);
  });

  test("what was deleted or never put is absent, and may be deleted again", async () => {
    const { blob, prefix } = subject();
    await blob.put(`${prefix}k`, bytesOf("x"));

    await blob.delete(`${prefix}k`);
    await blob.delete(`${prefix}k`);
    await blob.delete(`${prefix}never`);

    for (const name of ["k", "never"]) {
      expect(await blob.get(prefix + name)).toEqual({ ok: true, value: undefined });
      expect(await blob.get(prefix + name, { first: 0 })).toEqual({ ok: true, value: undefined });
      expect(await blob.head(prefix + name)).toBeUndefined();
    }
  });

  test("a body that breaks off leaves what was there before, and its own error", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    await blob.put(key, bytesOf("before"));
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      throw new RangeError("the sender hung up");
    };

    await expect(blob.put(key, broken())).rejects.toThrow("the sender hung up");

    expect(await textAt(blob, key)).toBe("before");
  });

  test("a reader that has begun reads the content it found, also while it is replaced and deleted", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    const old = Buffer.alloc(3_000_000, "old");
    await blob.put(key, old);

    const reading = await blob.get(key);
    const first = reading.ok ? reading.value?.body[Symbol.asyncIterator]() : undefined;
    const head = await first?.next();
    await blob.put(key, Buffer.alloc(3_000_000, "new"));
    await blob.delete(key);
    const rest = [Buffer.from(head?.value ?? [])];
    for (let next = await first?.next(); next?.done === false; next = await first?.next())
      rest.push(Buffer.from(next.value));

    expect(Buffer.concat(rest).equals(old)).toBe(true);
  });

  test("of many writers at once one remains, whole", async () => {
    const { blob, prefix } = subject();
    const texts = Array.from({ length: 12 }, (_, n) => `${n},`.repeat(5000));

    const puts = await Promise.all(texts.map((text) => blob.put(`${prefix}k`, bytesOf(text))));

    expect(puts.every(({ ok }) => ok)).toBe(true);
    expect(texts).toContain(await textAt(blob, `${prefix}k`));
  });
}

function readsRanges(subject: BlobSubject): void {
  test("a range is read with both its ends, and cut at the end of the blob", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    await blob.put(key, bytesOf("0123456789"));

    const read = await Promise.all([
      textAt(blob, key, { first: 0, last: 0 }),
      textAt(blob, key, { first: 2, last: 4 }),
      textAt(blob, key, { first: 7 }),
      textAt(blob, key, { first: 9, last: 9 }),
      textAt(blob, key, { first: 8, last: 10_000 }),
      textAt(blob, key, { first: 0 }),
    ]);

    expect(read).toEqual(["0", "234", "789", "9", "89", "0123456789"]);
    const got = await blob.get(key, { first: 2, last: 4 });
    expect(got).toMatchObject({ ok: true, value: { key, bytes: 10 } });
    await readAll(got.ok ? got.value : undefined);
  });

  test("a range that holds no byte is refused with the size", async () => {
    const { blob, prefix } = subject();
    await blob.put(`${prefix}ten`, bytesOf("0123456789"));
    await blob.put(`${prefix}empty`, bytesOf(""));
    const unsatisfiable = (bytes: number) => ({ ok: false, problem: { reason: "range_unsatisfiable", bytes } });

    expect(await blob.get(`${prefix}ten`, { first: 10 })).toEqual(unsatisfiable(10));
    expect(await blob.get(`${prefix}ten`, { first: 10, last: 20 })).toEqual(unsatisfiable(10));
    expect(await blob.get(`${prefix}ten`, { first: 5, last: 4 })).toEqual(unsatisfiable(10));
    expect(await blob.get(`${prefix}empty`, { first: 0 })).toEqual(unsatisfiable(0));
  });

  test("a range of a large blob crosses its pieces unharmed", async () => {
    const { blob, prefix } = subject();
    const large = Buffer.from(Uint8Array.from({ length: 400_000 }, (_, index) => (index * 31) % 251));
    await blob.put(`${prefix}k`, large);

    const got = await blob.get(`${prefix}k`, { first: 65_535, last: 300_001 });

    const read = got.ok ? await readAll(got.value) : undefined;
    expect(read?.equals(large.subarray(65_535, 300_002))).toBe(true);
  });
}

function judgesConditions(subject: BlobSubject): void {
  const conflict = { ok: false, problem: { reason: "blob_conflict" } };

  test("a put of what must be absent goes through once", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;

    const first = await blob.put(key, bytesOf("first"), { ifAbsent: true });
    const second = await blob.put(key, bytesOf("second"), { ifAbsent: true });
    await blob.delete(key);
    const third = await blob.put(key, pieces("thi", "rd"), { ifAbsent: true });

    expect([first.ok, second, third.ok]).toEqual([true, conflict, true]);
    expect(await textAt(blob, key)).toBe("third");
  });

  test("a put over a known content goes through while it is there, and conflicts when it is not", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    const one = await blob.put(key, bytesOf("one"));
    const etag = one.ok ? one.value.etag : "";

    const two = await blob.put(key, bytesOf("two"), { ifEtag: etag });
    const late = await blob.put(key, bytesOf("late"), { ifEtag: etag });
    const absent = await blob.put(`${prefix}absent`, bytesOf("x"), { ifEtag: etag });

    expect([two.ok, late, absent]).toEqual([true, conflict, conflict]);
    expect(await textAt(blob, key)).toBe("two");
    expect(await blob.head(`${prefix}absent`)).toBeUndefined();
  });

  test("of many callers for one free key, or over one content, exactly one wins", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    const callers = Array.from({ length: 10 }, (_, n) => n);

    const claims = await Promise.all(callers.map((n) => blob.put(key, bytesOf(`claim ${n}`), { ifAbsent: true })));
    const won = claims.findIndex(({ ok }) => ok);
    const claimed = await textAt(blob, key);
    const etag = (await blob.head(key))?.etag ?? "";
    const swaps = await Promise.all(callers.map((n) => blob.put(key, bytesOf(`swap ${n}`), { ifEtag: etag })));

    expect(claims.filter(({ ok }) => ok)).toHaveLength(1);
    expect(claimed).toBe(`claim ${won}`);
    expect(swaps.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await textAt(blob, key)).toBe(`swap ${swaps.findIndex(({ ok }) => ok)}`);
  });
}

function listsInOrder(subject: BlobSubject): void {
  test("a prefix is listed in the order of the keys' bytes, page by page", async () => {
    const { blob, prefix, orderedKeys } = subject();
    for (const key of orderedKeys.toReversed()) await blob.put(prefix + key, bytesOf(key));
    await blob.put(`${prefix.slice(0, -1)}0`, bytesOf("outside"));

    const whole = await blob.list(prefix, { limit: LIST_LIMIT_MAX });

    expect(whole.blobs.map(({ key }) => key)).toEqual(orderedKeys.map((key) => prefix + key));
    expect(whole.cursor).toBeUndefined();
    const { modifiedAtEpochMs, ...known } = { ...(await blob.head(`${prefix}${orderedKeys[0]}`)) };
    expect(whole.blobs[0]).toMatchObject(known);
    // S3 lists whole seconds or finer ones, and answers a HEAD with whole ones.
    expect(Math.abs((whole.blobs[0]?.modifiedAtEpochMs ?? 0) - (modifiedAtEpochMs ?? 0))).toBeLessThan(1000);
    for (const limit of [1, 2, orderedKeys.length]) {
      expect(await listedKeys(blob, prefix, limit)).toEqual(orderedKeys.map((key) => prefix + key));
    }
  });

  test("a prefix that nothing has gives an empty page", async () => {
    const { blob, prefix } = subject();

    expect(await blob.list(prefix, { limit: 10 })).toEqual({ blobs: [] });
  });

  test("tenant A's list never shows tenant B's blobs, and its keys never reach them", async () => {
    const { blob } = subject();
    const [a, b] = [tenant("acme"), tenant("acme-two")];
    await blob.put(blobKey(a, "mcp-call", "1"), bytesOf("a's"));
    await blob.put(blobKey(b, "mcp-call", "1"), bytesOf("b's"));

    await blob.delete(blobKey(a, "mcp-call", "2"));
    const listed = await blob.list(blobKey(a, "mcp-call", ""), { limit: 100 });

    expect(listed.blobs.map(({ key }) => key)).toEqual([blobKey(a, "mcp-call", "1")]);
    expect(await textAt(blob, blobKey(a, "mcp-call", "1"))).toBe("a's");
    expect(await textAt(blob, blobKey(b, "mcp-call", "1"))).toBe("b's");
  });

  test("a cursor from another prefix shows nothing outside the prefix it is used with", async () => {
    const { blob, prefix } = subject();
    for (const name of ["a/1", "a/2", "b/1", "b/2"]) await blob.put(prefix + name, bytesOf(name));
    const { cursor = "missing" } = await blob.list(`${prefix}b/`, { limit: 1 });

    const other = await blob.list(`${prefix}a/`, { limit: 10, cursor });

    expect(other.blobs).toEqual([]);
  });
}

async function listedKeys(blob: Blob, prefix: string, limit: number, pagesMax = 100): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { blobs, cursor: next } = await blob.list(prefix, { limit, ...(cursor !== undefined && { cursor }) });
    expect(blobs.length).toBeLessThanOrEqual(limit);
    keys.push(...blobs.map(({ key }) => key));
    if (next === undefined) return keys;
    cursor = next;
  }
  throw new RangeError(`more than ${pagesMax} pages`);
}

function keepsBlobLimits(subject: BlobSubject): void {
  test("keys of 1 to 1024 bytes are taken, others are faults, as are limits and ranges that are none", async () => {
    const { blob, prefix } = subject();
    const longest = prefix.padEnd(1024, "k");
    const malformed = { code: "blob_malformed" };
    await blob.put(longest, bytesOf("longest"));
    expect(await textAt(blob, longest)).toBe("longest");

    for (const key of ["", `${longest}k`, "\ud800"]) {
      await expect(blob.put(key, bytesOf("x"))).rejects.toMatchObject(malformed);
      await expect(blob.get(key)).rejects.toMatchObject(malformed);
      await expect(blob.head(key)).rejects.toMatchObject(malformed);
      await expect(blob.delete(key)).rejects.toMatchObject(malformed);
      await expect(blob.startUpload(key)).rejects.toMatchObject(malformed);
    }
    for (const limit of [0, LIST_LIMIT_MAX + 1, 1.5]) {
      await expect(blob.list(prefix, { limit })).rejects.toMatchObject(malformed);
    }
    for (const first of [-1, 0.5, Number.NaN]) {
      await expect(blob.get(longest, { first })).rejects.toMatchObject(malformed);
    }
  });
}
