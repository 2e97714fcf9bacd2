import { expect, test } from "vitest";
import { Channel } from "../../../../layers/mcp/protocol/channel.ts";

async function readAll(channel: Channel): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of channel) chunks.push(chunk);
  return chunks;
}

test("what was written before the reader came is read at once, and the end after it", async () => {
  const channel = new Channel();
  channel.push("a");
  channel.push("b");
  channel.end();

  expect(await readAll(channel)).toEqual(["ab"]);
});

test("a reader that waits gets each chunk as it is written", async () => {
  const channel = new Channel();
  const reader = channel[Symbol.asyncIterator]();

  const first = reader.next();
  channel.push("a");
  expect(await first).toEqual({ done: false, value: "a" });

  const second = reader.next();
  channel.push("b");
  expect(await second).toEqual({ done: false, value: "b" });

  const third = reader.next();
  channel.end();
  expect(await third).toEqual({ done: true, value: undefined });
});

test("what is written after the end is dropped, and a second end changes nothing", async () => {
  const channel = new Channel();
  channel.push("a");
  channel.end();
  channel.push("late");
  channel.end();

  expect(await readAll(channel)).toEqual(["a"]);
});

test("says how much waits to be read", async () => {
  const channel = new Channel();

  channel.push("abc");
  channel.push("de");
  expect(channel.waitingCharacters).toBe(5);

  await channel[Symbol.asyncIterator]().next();
  expect(channel.waitingCharacters).toBe(0);
});
