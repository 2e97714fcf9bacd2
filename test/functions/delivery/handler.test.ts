import { expect, test } from "vitest";
import { type DeliveryParts, deliveryHandler } from "../../../functions/delivery/handler.ts";
import { laneMessageBody } from "../../../layers/core/delivery/lane-message.ts";
import type { LaneTaking } from "../../../layers/core/delivery/lanes.ts";
import { LANE_STOP_MARGIN_MS } from "../../../layers/core/delivery/limits.ts";
import { channelOf } from "../../../layers/core/message/channel.ts";
import type { Message } from "../../../layers/core/ports/queue.ts";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import { questionDueBody } from "../../../layers/core/question/question-due.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { GATEWAY } from "../../fixtures/connection-bench.ts";
import { type LaneBench, laneBench } from "../../fixtures/lane-bench.ts";
import { tenant } from "../../fixtures/tenants.ts";

const ALL = channelOf({ kind: "everyone" }, sha256);

const messageOf = (body: string): Message => ({
  id: "m1",
  tenantId: tenant("acme"),
  body,
  attempt: 1,
  receipt: "r1",
});

const NO_QUESTIONS: DeliveryParts["questions"] = {
  take: () => Promise.reject(new TypeError("a message about a lane is none about a question")),
};

const partsOf = ({ lanes, clock }: LaneBench): DeliveryParts => ({
  ...{ lanes, clock },
  questions: NO_QUESTIONS,
  queue: { extend: async () => {} },
});

function handlerOf(
  take: (bounds: { readonly deadlineEpochMs: number }) => Promise<LaneTaking>,
  nowMs = 0,
  questions = NO_QUESTIONS,
) {
  const extended: [string, number][] = [];
  const handle = deliveryHandler({
    lanes: { take: (_, bounds) => take(bounds) },
    questions,
    queue: { extend: async (receipt, seconds) => void extended.push([receipt, seconds]) },
    clock: { nowMs: () => nowMs, sleep: async () => {} },
  });
  return { handle, extended };
}

test("a message brings its lane forward and is done", async () => {
  const bench = await laneBench();
  await bench.opened("c1");
  const socket = bench.push.connect({ connectionId: "c1", gateway: GATEWAY });
  await bench.stored(ALL, ["a"]);
  const handle = deliveryHandler(partsOf(bench));

  const outcome = await handle(messageOf(laneMessageBody({ channel: ALL, shard: 0, from: 1, upTo: 1 })), 60_000);

  expect(outcome).toBe("done");
  expect(socket.taken).toEqual(["everyone 1 a"]);
});

test("a message about the end of a question goes to the questions, and comes again where it came too early", async () => {
  const seen: (readonly [string, string])[] = [];
  const { handle, extended } = handlerOf(() => Promise.reject(new TypeError("it is about no lane")), 0, {
    take: async ({ tenantId }, questionId) => {
      seen.push([tenantId, questionId]);
      return { message: "later", afterSeconds: 3 };
    },
  });

  expect(await handle(messageOf(questionDueBody("req-1")), 60_000)).toBe("later");
  expect(seen).toEqual([["acme", "req-1"]]);
  expect(extended).toEqual([["r1", 3]]);
});

test("a message that can't be read is done, and told of", async () => {
  const bench = await laneBench();
  const handle = deliveryHandler(partsOf(bench));

  expect(await handle(messageOf("?"), 60_000)).toBe("done");
  expect(bench.reported).toMatchObject([{ code: "lane_message_malformed" }]);
});

test("a message for later is hidden until then", async () => {
  const { handle, extended } = handlerOf(async () => ({ message: "later", afterSeconds: 7 }));

  expect(await handle(messageOf("{}"), 60_000)).toBe("later");
  expect(extended).toEqual([["r1", 7]]);
});

test("a run begins nothing in the last seconds of its invocation, and none where there are no more", async () => {
  const deadlines: number[] = [];
  const { handle } = handlerOf(async ({ deadlineEpochMs }) => {
    deadlines.push(deadlineEpochMs);
    return { message: "complete" };
  }, 1_000_000);

  await handle(messageOf("{}"), 60_000);
  await handle(messageOf("{}"), 1_000);

  expect(deadlines).toEqual([1_000_000 + 60_000 - LANE_STOP_MARGIN_MS, 1_000_000]);
});

test("a store that fails lets the message come again", async () => {
  const fault = new StoreFault("table", "update", { cause: "down" });
  const { handle, extended } = handlerOf(() => Promise.reject(fault));

  await expect(handle(messageOf("{}"), 60_000)).rejects.toBe(fault);
  expect(extended).toEqual([]);
});
