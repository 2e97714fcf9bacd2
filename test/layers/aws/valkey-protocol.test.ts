import fc from "fast-check";
import { expect, test } from "vitest";
import { commandBytes, VALKEY_VALUE_BYTES_MAX, ValkeyReplies } from "../../../layers/aws/valkey-protocol.ts";

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

test("a command is its words, each with its length in bytes", () => {
  const bytes = commandBytes(["SET", "clé", ""]);

  expect(bytes.toString()).toBe("*3\r\n$3\r\nSET\r\n$4\r\nclé\r\n$0\r\n\r\n");
});

test("each kind of reply is read as what it means", () => {
  const replies = new ValkeyReplies().read(Buffer.from("+OK\r\n:1\r\n$-1\r\n$0\r\n\r\n-OOM no room\r\n"));

  expect(replies).toEqual([
    { text: "OK" },
    { text: "1" },
    { text: undefined },
    { text: "" },
    { refusal: "OOM no room" },
  ]);
});

test("replies cut into any pieces are the same replies, whatever texts they hold", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(40), { maxLength: 8 }), (sent, cuts) => {
      const bytes = Buffer.from(sent.map(bulk).join(""));
      const ends = [...cuts.map((cut) => cut % (bytes.byteLength + 1)), bytes.byteLength].sort((a, b) => a - b);
      const replies = new ValkeyReplies();

      const read = ends.flatMap((end, index) => replies.read(bytes.subarray(ends[index - 1] ?? 0, end)));

      expect(read).toEqual(sent.map((text) => ({ text })));
    }),
  );
});

test.each([
  ["an unknown kind", "%1\r\n"],
  ["a length that is none", "$-2\r\n"],
  ["a length beyond any value", `$${VALKEY_VALUE_BYTES_MAX + 1}\r\n`],
  ["a text longer than it says", "$1\r\nab\r\n"],
  ["a line that never ends", `+${"x".repeat(5000)}`],
])("%s is refused", (_, sent) => {
  const replies = new ValkeyReplies();

  expect(() => replies.read(Buffer.from(sent))).toThrow(expect.objectContaining({ code: "valkey_reply_malformed" }));
});

test("the largest value is read", () => {
  const text = "x".repeat(VALKEY_VALUE_BYTES_MAX);

  const replies = new ValkeyReplies().read(Buffer.from(bulk(text)));

  expect(replies).toEqual([{ text }]);
});
