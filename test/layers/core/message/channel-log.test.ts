import { expect, test } from "vitest";
import { acme, bar, channel, draft, everyone, messageBench, told, value } from "./message-bench.ts";

test("what is appended is read in order, each message under the next number", async () => {
  const { log } = messageBench();

  const first = value(await log.append(acme, everyone, [draft("a"), draft("b")]));
  const second = value(await log.append(acme, everyone, [draft("c")]));

  expect(told([...first, ...second])).toEqual(["1 a", "2 b", "3 c"]);
  expect(await log.read(acme, { channel: everyone, after: 0, limit: 10 })).toEqual({ messages: [...first, ...second] });
  expect(told((await log.read(acme, { channel: everyone, after: 1, limit: 10 })).messages)).toEqual(["2 b", "3 c"]);
  expect(await log.read(acme, { channel: everyone, after: 3, limit: 10 })).toEqual({ messages: [] });
  expect(await log.headOf(acme, everyone)).toBe(3);
});

test("channels have logs of their own, and so have tenants", async () => {
  const { log } = messageBench();
  await log.append(acme, everyone, [draft("a")]);
  await log.append(acme, channel("channel:x"), [draft("x")]);
  await log.append(acme, channel("channel:xy"), [draft("xy")]);

  const read = async (...[of, id]: [typeof acme, string]) =>
    told((await log.read(of, { channel: channel(id), after: 0, limit: 10 })).messages);

  expect(await read(acme, "everyone")).toEqual(["1 a"]);
  expect(await read(acme, "channel:x")).toEqual(["1 x"]);
  expect(await read(acme, "channel:xy")).toEqual(["1 xy"]);
  expect(await read(bar, "everyone")).toEqual([]);
  expect(await log.headOf(bar, everyone)).toBe(0);
});
