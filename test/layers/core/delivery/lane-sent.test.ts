import { expect, test } from "vitest";
import type { SentMessage } from "../../../../layers/core/delivery/lane-run.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { laneBench } from "../../../fixtures/lane-bench.ts";

const everyone = channelOf({ kind: "everyone" }, sha256);

test("each message is told of once for all who took it, as the frame that they took", async () => {
  const bench = await laneBench();
  const sent: SentMessage[] = [];
  const lanes = bench.worker({ sent: (one) => sent.push(one) });
  bench.push.connect(await bench.opened("of-ann", { subject: "ann" }));
  bench.push.connect(await bench.opened("of-bob", { subject: "bob" }));
  bench.push.connect(await bench.opened("of-old", { subject: "old", protocol: "router" }));
  await bench.opened("of-nobody", { subject: "nobody" });
  await bench.stored(everyone, ["one"]);
  const [last = 0] = await bench.stored(everyone, ["two"], "ask_user");

  await bench.take({ channel: everyone, from: 1, upTo: last }, lanes);

  expect(sent).toHaveLength(3);
  expect(sent).toEqual(
    expect.arrayContaining([
      { type: "message", text: "everyone 1 one", connectionCount: 2 },
      { type: "ask_user", text: "everyone 2 two", connectionCount: 2 },
      { type: "ask_user", text: "ask_user two", connectionCount: 1 },
    ]),
  );
});
