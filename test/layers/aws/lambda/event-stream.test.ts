import { describe, expect, test } from "vitest";
import { type EventMessage, EventStreamMalformed, eventMessages } from "../../../../layers/aws/lambda/event-stream.ts";
import { eventMessage, lambdaEvent } from "../../../fixtures/event-stream.ts";

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(bytes: Buffer, size = bytes.byteLength): Promise<readonly EventMessage[]> {
  const messages: EventMessage[] = [];
  for await (const message of eventMessages(cut(bytes, size))) messages.push(message);
  return messages;
}

const stream = Buffer.concat([
  lambdaEvent("PayloadChunk", Buffer.from("grün")),
  lambdaEvent("PayloadChunk", Buffer.alloc(0)),
  lambdaEvent("PayloadChunk", Buffer.alloc(100_000, 7)),
  lambdaEvent("InvokeComplete", Buffer.from("{}")),
]);

describe("what the SDK's codec has written", () => {
  test.each([1, 7, 4096, stream.byteLength])("is read, however it comes: %i bytes at a time", async (size) => {
    const messages = await readAll(stream, size);

    expect(messages.map(({ headers, payload }) => [headers[":event-type"], payload.byteLength])).toEqual([
      ["PayloadChunk", 5],
      ["PayloadChunk", 0],
      ["PayloadChunk", 100_000],
      ["InvokeComplete", 2],
    ]);
    expect(messages[0]?.payload.toString()).toBe("grün");
    expect(messages[0]?.headers).toEqual({
      ":message-type": "event",
      ":event-type": "PayloadChunk",
      ":content-type": "application/octet-stream",
    });
  });

  test("is given as soon as it is whole", async () => {
    const [first, second] = [
      lambdaEvent("PayloadChunk", Buffer.from("1")),
      lambdaEvent("PayloadChunk", Buffer.from("2")),
    ];
    let isAskedOn = false;
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.concat([first, second.subarray(0, 3)]);
      isAskedOn = true;
      yield second.subarray(3);
    }

    const messages = eventMessages(slow());
    const { value } = await messages.next();

    expect([value?.payload.toString(), isAskedOn]).toEqual(["1", false]);
    expect((await messages.next()).value?.payload.toString()).toBe("2");
  });
});

describe("a stream is refused", () => {
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(stream);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };

  test.each([
    ["whose length was changed", flipped(3), /prelude/],
    [
      "whose payload was changed",
      flipped(lambdaEvent("PayloadChunk", Buffer.from("grün")).byteLength - 6),
      /message that was changed/,
    ],
    ["that ends within a message", stream.subarray(0, stream.byteLength - 1), /not whole/],
    ["that ends within a prelude", stream.subarray(0, 5), /not whole/],
    ["of messages that are too large", eventMessage({}, Buffer.alloc(17 * 1024 * 1024)), /a message of \d+ bytes/],
  ])("%s", async (_what, bytes, why) => {
    const read = readAll(bytes);

    await expect(read).rejects.toThrow(EventStreamMalformed);
    await expect(read).rejects.toThrow(why);
  });
});
