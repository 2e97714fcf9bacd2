import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { type BlobClient, blobClient } from "../../../layers/aws/client.ts";
import { s3Blob } from "../../../layers/aws/s3-blob.ts";
import { UPLOAD_PART_BYTES } from "../../../layers/aws/s3-put.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { blobContract, readAll } from "../../contracts/blob.contract.ts";
import { conditionalS3 } from "../../fixtures/conditional-s3.ts";
import { localAws } from "../../fixtures/local-aws.ts";

async function bucket() {
  const aws = await localAws();
  const door = await conditionalS3(aws.port);
  aws.createBucket("blobs");
  const client = blobClient({ ...aws.settings, endpoint: `http://127.0.0.1:${door.port}` });
  return {
    blob: s3Blob({ client, bucket: "blobs", clock: systemClock() }),
    async close() {
      await client.close();
      await door.close();
      await aws.close();
    },
  };
}

blobContract("S3", async () => ({
  ...(await bucket()),
  // Fauxqs lists by `localeCompare` (S3: by UTF-8 bytes) and sends no encoded keys, so these are in the order of both.
  orderedKeys: ["!", "%2e", "+", "a", "a b", "a&<b>", "b/c", "b/d/e", "é"],
}));

async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < count; piece++) yield Buffer.alloc(bytes, piece + 1);
}

test("a stream longer than a part goes up in parts, under its condition, and comes back whole", async () => {
  const { blob, close } = await bucket();
  onTestFinished(close);
  const [count, bytes] = [5, 3_500_000];
  expect(count * bytes).toBeGreaterThan(2 * UPLOAD_PART_BYTES);

  const first = await blob.put("k", pieces(count, bytes), { ifAbsent: true });
  const second = await blob.put("k", pieces(count, bytes), { ifAbsent: true });
  const exact = await blob.put("exact", pieces(2, UPLOAD_PART_BYTES));

  expect(first).toMatchObject({ ok: true, value: { bytes: count * bytes } });
  expect(second).toEqual({ ok: false, problem: { reason: "blob_conflict" } });
  expect(exact).toMatchObject({ ok: true, value: { bytes: 2 * UPLOAD_PART_BYTES } });
  const whole = Buffer.concat(Array.from({ length: count }, (_, piece) => Buffer.alloc(bytes, piece + 1)));
  const got = await blob.get("k");
  expect(got.ok && (await readAll(got.value))?.equals(whole)).toBe(true);
});

test("a stream that breaks off in its third part leaves no blob", async () => {
  const { blob, close } = await bucket();
  onTestFinished(close);
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield* pieces(2, UPLOAD_PART_BYTES);
    throw new RangeError("the sender hung up");
  };

  await expect(blob.put("k", broken())).rejects.toThrow("the sender hung up");

  expect(await blob.head("k")).toBeUndefined();
});

test("a bucket that is not there, and an S3 that can't be reached, are faults of the store", async () => {
  const aws = await localAws();
  const client = blobClient(aws.settings);
  const nowhere = blobClient({ ...aws.settings, endpoint: "http://127.0.0.1:1" });
  onTestFinished(async () => {
    await client.close();
    await nowhere.close();
    await aws.close();
  });
  const fault = { code: "store_unavailable", store: "blob", operation: "put" };

  for (const blob of [
    s3Blob({ client, bucket: "missing", clock: systemClock() }),
    s3Blob({ client: nowhere, bucket: "blobs", clock: systemClock() }),
  ]) {
    await expect(blob.put("k", Buffer.from("x"))).rejects.toMatchObject(fault);
  }
});

interface Recorder {
  readonly client: BlobClient;
  readonly asked: IncomingMessage[];
}

/** An S3 that gives one answer to everything, and keeps what it was asked. */
async function recorder(headers: OutgoingHttpHeaders, body = ""): Promise<Recorder> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, reply) => {
    asked.push(request);
    reply.writeHead(200, headers).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = blobClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${Object(server.address()).port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  return { client, asked };
}

// Fauxqs refuses such a range. S3 ignores it and sends everything, as RFC 9110, section 14.1.1, has it.
test("a range that ends before it begins is never sent", async () => {
  const { client, asked } = await recorder({ "content-length": 10, etag: '"e"' });
  const blob = s3Blob({ client, bucket: "blobs", clock: systemClock() });

  const got = await blob.get("k", { first: 5, last: 4 });

  expect(got).toEqual({ ok: false, problem: { reason: "range_unsatisfiable", bytes: 10 } });
  expect(asked.map(({ method }) => method)).toEqual(["HEAD"]);
});

// Fauxqs ignores `encoding-type`. S3 answers it with keys that are percent-encoded, a space as a plus sign
// (ListObjectsV2 reference, `EncodingType`).
test("a list asks for encoded keys and reads them", async () => {
  const { client, asked } = await recorder(
    { "content-type": "application/xml" },
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType>
    <IsTruncated>true</IsTruncated><Contents><Key>p/a%00b+c%2B%25</Key><Size>1</Size><ETag>&quot;e&quot;</ETag>
    <LastModified>2027-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>`,
  );

  const page = await s3Blob({ client, bucket: "blobs", clock: systemClock() }).list("p/", { limit: 7, cursor: "p/a" });

  const key = "p/a\0b c+%";
  const modifiedAtEpochMs = Date.UTC(2027, 0, 1);
  expect(page).toEqual({ blobs: [{ key, bytes: 1, etag: "e", modifiedAtEpochMs }], cursor: key });
  expect(Object.fromEntries(new URL(asked[0]?.url ?? "", "http://s3").searchParams)).toMatchObject({
    "encoding-type": "url",
    "list-type": "2",
    "max-keys": "7",
    prefix: "p/",
    "start-after": "p/a",
  });
});
