import { expect, test } from "vitest";
import { pacedSockets } from "../../../functions/sockets/paced-sockets.ts";
import type { SocketClosed, SocketHandler, SocketText } from "../../../layers/core/connection/socket-event.ts";
import { FRAME_RATE } from "../../../layers/people/wire/frame-rate.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { ACME, socketBench } from "../../fixtures/socket-bench.ts";

const LIMITS = { framesPerSecond: 1, frameBurst: 3, framesDroppedMax: 2 };
const at = (connectionId: string) => ({ connectionId, gateway: "g" });
const textOf = (connectionId: string): SocketText => ({ event: "text", ...at(connectionId), memo: "m", text: "t" });
const closedOf = (connectionId: string): SocketClosed => ({ event: "closed", ...at(connectionId) });
const TOLD = { texts: [expect.stringContaining('"code":"frames_too_fast"')] };

function bench(connectionsMax?: number) {
  const clock = manualClock();
  const heard: string[] = [];
  const handler: SocketHandler = {
    opening: async () => ({ accepted: true, subprotocol: undefined, memo: "m" }),
    async text({ connectionId }) {
      heard.push(connectionId);
      return { texts: ["answer"] };
    },
    async closed({ connectionId }) {
      heard.push(`${connectionId} closed`);
    },
  };
  const paced = pacedSockets({
    handler,
    clock,
    limits: LIMITS,
    ...(connectionsMax !== undefined && { connectionsMax }),
  });
  const say = (connectionId: string) => paced.text(textOf(connectionId));
  return { clock, heard, paced, say };
}

test("a connection that speaks too fast is told so once, then dropped, and then ended, and nothing is read for it", async () => {
  const { heard, say } = bench();

  const answers = [];
  for (let frame = 0; frame < 6; frame++) answers.push(await say("c1"));

  const taken = { texts: ["answer"] };
  const ended = { ...TOLD, close: { code: 1008, reason: "frames_too_fast" } };
  expect(answers).toEqual([taken, taken, taken, TOLD, { texts: [] }, ended]);
  expect(heard).toEqual(["c1", "c1", "c1"]);
});

test("one that slows down goes on", async () => {
  const { clock, heard, say } = bench();
  for (let frame = 0; frame < 4; frame++) await say("c1");

  clock.advance(1_000);

  expect(await say("c1")).toEqual({ texts: ["answer"] });
  expect(heard).toHaveLength(4);
});

test("the haste of one connection is no other's", async () => {
  const { say } = bench();
  for (let frame = 0; frame < 4; frame++) await say("c1");

  expect(await say("c2")).toEqual({ texts: ["answer"] });
});

test("openings and ends go through, and of a connection that is over nothing is counted", async () => {
  const { heard, paced, say } = bench();
  for (let frame = 0; frame < 3; frame++) await say("c1");

  const opening = { origin: undefined, subprotocols: [], authorization: undefined, clientAddress: "192.0.2.1" };
  const answer = await paced.opening({ event: "opening", ...at("c2"), ...opening });
  await paced.closed(closedOf("c1"));

  expect(answer).toMatchObject({ accepted: true });
  expect(heard.at(-1)).toBe("c1 closed");
  expect(await say("c1")).toEqual({ texts: ["answer"] });
});

test("of more connections than are counted, the one that has been silent for longest is counted anew", async () => {
  const { say } = bench(2);
  for (let frame = 0; frame < 4; frame++) await say("fast");

  await say("a");
  await say("fast");
  await say("b");
  const whileItSpeaks = await say("fast");
  await say("a");
  await say("b");

  expect(whileItSpeaks).not.toEqual({ texts: ["answer"] });
  expect(await say("fast")).toEqual({ texts: ["answer"] });
});

test("whoever was not told otherwise may speak as fast as at a cell on one machine, also of what no tenant pays for", async () => {
  const { handler, open, clock } = socketBench();
  const opened = await open({ connectionId: "c1" });
  if (!opened.accepted) throw new TypeError(`${ACME} is let in`);
  const paced = pacedSockets({ handler, clock });
  const ping = { event: "text", ...at("c1"), memo: opened.memo, text: '{"type":"ping"}' } as const;

  const codes: unknown[] = [];
  for (let frame = 0; frame < 202; frame++) {
    const [text = "{}"] = (await paced.text(ping)).texts;
    codes.push(JSON.parse(text).code);
  }

  expect(codes.filter((code) => code === "not_connected")).toHaveLength(FRAME_RATE.frameBurst);
  expect(codes.filter((code) => code === "frames_too_fast")).toHaveLength(3);
});
