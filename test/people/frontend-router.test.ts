/**
 * The Frontend Router's own clients, rewritten from what they send and look for: `dummy_human.py`, which answers "test", and
 * the page of `test_frontend.html`. They know no token, no subprotocol and no numbers.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { REAL_CLIENTS } from "../clients/real-client.ts";
import { type OpenCell, openCell } from "../fixtures/open-cell.ts";

let cell: OpenCell;
beforeAll(async () => {
  cell = await openCell();
}, 120_000);
afterAll(() => cell.close());

const Frame = z.looseObject({
  type: z.string().optional(),
  status: z.string().optional(),
  question: z.string().optional(),
  request_id: z.string().optional(),
});
type Frame = z.infer<typeof Frame>;

interface Upstream {
  readonly heard: readonly Frame[];
  /** Resolves once it has been told that it is connected, as it understands that. */
  readonly connected: Promise<void>;
  close(): void;
}

/** As upstream's documentation says that frames look: told apart by their type. */
const byType = {
  isConnected: ({ type }: Frame) => type === "connect_ack",
  isAsked: ({ type }: Frame) => type === "ask_user",
};
/** As upstream's frames really look: no type, only what it is about. */
const byFields = {
  isConnected: ({ status }: Frame) => status === "connected",
  isAsked: ({ question, request_id }: Frame) => question !== undefined && request_id !== undefined,
};

function upstreamClient({ isConnected, isAsked }: typeof byType, answer: string | undefined): Upstream {
  const socket = new WebSocket(`${cell.url.replace("http", "ws")}/ws`);
  const heard: Frame[] = [];
  const connected = Promise.withResolvers<void>();
  socket.addEventListener("open", () => socket.send('{"type":"connect"}'));
  socket.addEventListener("error", () => connected.reject(new TypeError("no connection")));
  socket.addEventListener("message", ({ data }) => {
    const frame = Frame.parse(JSON.parse(String(data)));
    heard.push(frame);
    if (isConnected(frame)) connected.resolve();
    if (!isAsked(frame) || answer === undefined) return;
    socket.send(JSON.stringify({ type: "user_response", request_id: frame.request_id, answer }));
  });
  return {
    heard,
    connected: connected.promise,
    close() {
      socket.send('{"type":"disconnect"}');
      socket.close();
    },
  };
}

describe.each([
  ["as upstream's documentation says", byType],
  ["as upstream's frames really are", byFields],
])("a dummy human that reads frames %s", (_, reading) => {
  test.each(REAL_CLIENTS)("answers what $name asks", async ({ name, connect }) => {
    const human = upstreamClient(reading, "test");
    await human.connected;
    const client = await connect(cell.url);
    const question = `Are you there, ${name}?`;

    const outcome = await client.call("ask_user", { question, timeout_seconds: 30 });

    expect(outcome).toMatchObject({ text: "test", isError: false });
    const asked = human.heard.filter((frame) => frame.question === question);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.request_id).toMatch(/^req-/);
    await client.close();
    human.close();
  });
});

describe("two of upstream's pages", () => {
  test("are both asked, the first answer counts, and neither is told what it would not know", async () => {
    const [quick, slow] = [upstreamClient(byFields, "quick"), upstreamClient(byFields, undefined)];
    await Promise.all([quick.connected, slow.connected]);
    const client = await (REAL_CLIENTS[0] ?? unknownClient()).connect(cell.url);

    const outcome = await client.call("ask_user", { question: "Which of you?" });

    expect(outcome.text).toBe("quick");
    await expect.poll(() => slow.heard.map(({ type }) => type)).toEqual(["connect_ack", "ask_user", "question_closed"]);
    await expect
      .poll(() => new Set(quick.heard.map(({ type }) => type)))
      .toEqual(new Set(["connect_ack", "ask_user", "response_ack", "question_closed"]));
    await client.close();
    quick.close();
    slow.close();
  });

  test("that come while a question is open are asked it then", async () => {
    const client = await (REAL_CLIENTS[0] ?? unknownClient()).connect(cell.url);
    const calling = client.call("ask_user", { question: "Anybody?", timeout_seconds: 60 });
    // It is asked before anybody is there.
    const first = upstreamClient(byType, undefined);
    await first.connected;
    await expect.poll(() => first.heard.some(({ question }) => question === "Anybody?")).toBe(true);
    first.close();
    const late = upstreamClient(byType, "late, but here");

    expect((await calling).text).toBe("late, but here");
    await client.close();
    late.close();
  });
});

function unknownClient(): never {
  throw new TypeError("there is a real client");
}
