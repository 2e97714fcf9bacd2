import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { type Fleet, startFleet } from "../fixtures/fleet.ts";
import { type CallerSide, REAL_CLIENTS, type RealClient } from "./real-client.ts";

const Frame = z.looseObject({ type: z.string(), request_id: z.string().optional(), question: z.string().optional() });
type Frame = z.infer<typeof Frame>;

let fleet: Fleet;
const opened: { close(): unknown }[] = [];

beforeAll(async () => {
  fleet = await startFleet({ size: 2 });
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

afterAll(() => fleet.close());

/** Somebody who waits to be asked, as clients of the Frontend Router do. */
async function person(cell: number) {
  const url = fleet.cells[cell]?.url.replace("http", "ws");
  const socket = new WebSocket(`${url}/ws`);
  opened.push(socket);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (text) => {
    frames.push(Frame.parse(JSON.parse(String(text))));
    for (const look of waiting) look();
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connect" }));
  const next = (fits: (frame: Frame) => boolean): Promise<Frame> =>
    new Promise((resolve) => {
      const look = (): void => {
        const frame = frames.find(fits);
        if (frame === undefined) return;
        waiting.delete(look);
        resolve(frame);
      };
      waiting.add(look);
      look();
    });
  await next(({ type }) => type === "connect_ack");
  return {
    next,
    asked: (question: string) => next((frame) => frame.question === question),
    answer: ({ request_id }: Frame, answer: string) =>
      socket.send(JSON.stringify({ type: "user_response", request_id, answer })),
  };
}

const DECLINES: CallerSide = { form: () => undefined };

describe.each(REAL_CLIENTS)("$name, through two processes without affinity", ({ name, connect }) => {
  async function connected(side: CallerSide): Promise<RealClient> {
    const client = await connect(fleet.url, side);
    opened.push(client);
    return client;
  }

  test("gets the answer of a person who is connected to either process", async () => {
    const human = await person(1);
    const client = await connected(DECLINES);
    const question = `Deploy, ${name}?`;

    const called = client.call("ask_user", { question });
    human.answer(await human.asked(question), "test");

    expect(await called).toMatchObject({ text: "test", isError: false });
  });

  test("may answer itself, and the person is told that it is over", async () => {
    const human = await person(0);
    const question = `By form, ${name}?`;
    const client = await connected({ form: () => ({ answer: "mine" }) });

    const outcome = await client.call("ask_user", { question });
    const { request_id } = await human.asked(question);
    const closed = await human.next((frame) => frame.type === "question_closed" && frame.request_id === request_id);

    expect(outcome).toMatchObject({ text: "mine", isError: false });
    expect(closed).toMatchObject({ reason: "answered" });
  });

  test("gets the answer of a person who was faster than its own form", async () => {
    const human = await person(1);
    const question = `Who is faster, ${name}?`;
    const closeForm: (() => void)[] = [];
    const client = await connected({
      form: () => new Promise((resolve) => closeForm.push(() => resolve({ answer: "slow" }))),
    });

    const called = client.call("ask_user", { question });
    await expect.poll(() => closeForm.length).toBe(1);
    const asked = await human.asked(question);
    human.answer(asked, "fast");
    await human.next((frame) => frame.type === "question_closed" && frame.request_id === asked.request_id);
    closeForm[0]?.(); // a client of 2026-07-28 hears of it only by its own answer

    expect(await called).toMatchObject({ text: "fast", isError: false });
  });

  test("is told in the Frontend Router's words that nobody has answered in time", async () => {
    const client = await connected(DECLINES);

    const outcome = await client.call("ask_user", { question: `Nobody, ${name}?`, timeout_seconds: 2 });

    expect(outcome).toMatchObject({ text: "timeout waiting for user response", isError: true });
  });
});
