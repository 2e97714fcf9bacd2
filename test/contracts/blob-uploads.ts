import { expect, test } from "vitest";
import { PART_BYTES_MIN, PARTS_MAX } from "../../layers/core/ports/blob.ts";
import { type BlobSubject, readAll } from "./blob.contract.ts";

const unknown = { ok: false, problem: { reason: "upload_unknown" } };
const invalid = (part: number) => ({ ok: false, problem: { reason: "part_invalid", part } });

export function takesUploads(subject: BlobSubject): void {
  test("parts sent in any order, one of them twice, become one blob in the order of their numbers", async () => {
    const { blob, prefix } = subject();
    const key = `${prefix}k`;
    const [one, two, three] = [
      Buffer.alloc(PART_BYTES_MIN, "1"),
      Buffer.alloc(PART_BYTES_MIN + 1, "2"),
      Buffer.from("3"),
    ];
    const upload = { key, ...(await blob.startUpload(key)) };
    const send = async (number: number, body: Uint8Array) => {
      const put = await blob.putPart(upload, { number, body });
      return { number, etag: put.ok ? put.value.etag : "" };
    };

    const third = await send(7, three);
    await send(1, Buffer.from("replaced"));
    const [second, first] = [await send(3, two), await send(1, one)];
    const before = await blob.head(key);
    const finished = await blob.finishUpload(upload, [first, second, third]);

    const whole = Buffer.concat([one, two, three]);
    expect(before).toBeUndefined();
    expect(finished).toMatchObject({ ok: true, value: { key, bytes: whole.byteLength } });
    const got = await blob.get(key);
    expect(got.ok && (await readAll(got.value))?.equals(whole)).toBe(true);
    expect((await blob.head(key))?.etag).toBe(finished.ok ? finished.value.etag : "");
    expect((await blob.list(prefix, { limit: 10 })).blobs.map((info) => info.key)).toEqual([key]);
  });

  test("only the parts that are named become the blob", async () => {
    const { blob, prefix } = subject();
    const upload = { key: `${prefix}k`, ...(await blob.startUpload(`${prefix}k`)) };
    const named = await blob.putPart(upload, { number: 2, body: Buffer.from("named") });
    await blob.putPart(upload, { number: 1, body: Buffer.from("left out") });

    await blob.finishUpload(upload, [{ number: 2, etag: named.ok ? named.value.etag : "" }]);

    const got = await blob.get(`${prefix}k`);
    expect(got.ok && (await readAll(got.value))?.toString()).toBe("named");
  });

  test("parts out of order, missing, changed, too small or none at all are refused, and the upload stays open", async () => {
    const { blob, prefix } = subject();
    const upload = { key: `${prefix}k`, ...(await blob.startUpload(`${prefix}k`)) };
    const etags: string[] = [];
    for (const [index, size] of [PART_BYTES_MIN - 1, PART_BYTES_MIN, 1].entries()) {
      const put = await blob.putPart(upload, { number: index + 1, body: Buffer.alloc(size, String(index)) });
      etags.push(put.ok ? put.value.etag : "");
    }
    const part = (number: number, etag = etags[number - 1] ?? "") => ({ number, etag });

    expect(await blob.finishUpload(upload, [])).toEqual(invalid(1));
    expect(await blob.finishUpload(upload, [part(3), part(2)])).toEqual(invalid(2));
    expect(await blob.finishUpload(upload, [part(2), part(2)])).toEqual(invalid(2));
    expect(await blob.finishUpload(upload, [part(2), part(9, etags[0])])).toMatchObject({ ok: false });
    expect(await blob.finishUpload(upload, [part(2), part(3, etags[0])])).toMatchObject({ ok: false });
    expect(await blob.finishUpload(upload, [part(1), part(3)])).toMatchObject({ ok: false });
    expect(await blob.head(`${prefix}k`)).toBeUndefined();
    expect(await blob.finishUpload(upload, [part(2), part(3)])).toMatchObject({ ok: true });
  });

  test("an upload that was finished, aborted or never started is unknown, and an abort leaves nothing", async () => {
    const { blob, prefix } = subject();
    const finished = { key: `${prefix}f`, ...(await blob.startUpload(`${prefix}f`)) };
    const sent = await blob.putPart(finished, { number: 1, body: Buffer.from("x") });
    const parts = [{ number: 1, etag: sent.ok ? sent.value.etag : "" }];
    await blob.finishUpload(finished, parts);
    const aborted = { key: `${prefix}a`, ...(await blob.startUpload(`${prefix}a`)) };
    await blob.putPart(aborted, { number: 1, body: Buffer.from("x") });
    await blob.abortUpload(aborted);
    await blob.abortUpload(aborted);

    for (const upload of [finished, aborted, { key: `${prefix}n`, uploadId: "never-started" }]) {
      expect(await blob.putPart(upload, { number: 2, body: Buffer.from("x") })).toEqual(unknown);
      expect(await blob.finishUpload(upload, parts)).toEqual(unknown);
    }
    expect(await blob.head(`${prefix}a`)).toBeUndefined();
    expect(await blob.head(`${prefix}f`)).toMatchObject({ bytes: 1 });
  });

  test("part numbers go from 1 to 10,000", async () => {
    const { blob, prefix } = subject();
    const upload = { key: `${prefix}k`, ...(await blob.startUpload(`${prefix}k`)) };

    for (const number of [0, PARTS_MAX + 1, 1.5]) {
      await expect(blob.putPart(upload, { number, body: Buffer.from("x") })).rejects.toMatchObject({
        code: "blob_malformed",
      });
    }
    expect(await blob.putPart(upload, { number: PARTS_MAX, body: Buffer.from("x") })).toMatchObject({ ok: true });
  });
}
