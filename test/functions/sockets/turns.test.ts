import { expect, test } from "vitest";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import type { SocketTurn } from "../../../layers/people/socket-turn.ts";
import { socketBench } from "../../fixtures/socket-bench.ts";

/** A bench of which each turn is noted. */
function turning(given: Parameters<typeof socketBench>[0] = {}) {
  const turns: SocketTurn[] = [];
  const bench = socketBench({ ...given, turned: (turn) => turns.push(turn) });
  return { bench, turns };
}

test("an opening is told of by whether it was let, also where finding that out fails", async () => {
  const { bench, turns } = turning({
    mayOpen: (address) => {
      if (address === "192.0.2.7") throw new StoreFault("table", "read", { cause: "broken" });
      return address !== "192.0.2.9";
    },
  });

  for (const clientAddress of ["192.0.2.8", "192.0.2.9", "192.0.2.7"]) await bench.open({ clientAddress });

  expect(turns).toEqual([true, false, false].map((accepted) => ({ event: "opening", accepted })));
});

test("a frame is told of by its type, with what it was answered, once it is", async () => {
  const { bench, turns } = turning();

  const connected = await bench.connected("c1");
  const [first] = turns.splice(0).filter(({ event }) => event === "text");
  const said = await bench.say({ type: "ping" }, { connectionId: "c1" });

  expect(first).toMatchObject({ type: "connect", isConnected: true });
  expect(first?.event === "text" && first.texts).toHaveLength(connected.frames.length);
  expect(turns).toEqual([
    { event: "text", type: "ping", text: '{"type":"ping"}', texts: said.answer.texts, isConnected: false },
  ]);
});

test.each([
  ["no JSON", "{", "malformed"],
  ["a type that there is not", '{"type":"secrets"}', "malformed"],
  ["a frame that can't be read", '{"type":"history"}', "history"],
])("of %s no more is told than that, whatever a client made up", async (_what, text, type) => {
  const { bench, turns } = turning();

  await bench.handler.text({ event: "text", connectionId: "c1", gateway: "g1", memo: "{}", text });

  expect(turns).toMatchObject([{ event: "text", type, isConnected: false }]);
});

test("an end is told of", async () => {
  const { bench, turns } = turning();

  await bench.handler.closed({ event: "closed", connectionId: "c1", gateway: "g1" });

  expect(turns).toEqual([{ event: "closed" }]);
});
