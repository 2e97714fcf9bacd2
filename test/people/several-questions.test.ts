import { afterAll, beforeAll, expect, test } from "vitest";
import { REAL_CLIENTS } from "../clients/real-client.ts";
import { type OpenCell, openCell } from "../fixtures/open-cell.ts";
import { type SocketClient, socketClient } from "../fixtures/socket-client.ts";

let cell: OpenCell;
beforeAll(async () => {
  cell = await openCell();
}, 120_000);
afterAll(() => cell.close());

/** As the Frontend Router's pages connect: they name no subprotocol. */
async function person(): Promise<SocketClient> {
  const client = await socketClient(cell.url, { protocols: [] });
  client.say({ type: "connect" });
  await client.next("connect_ack");
  return client;
}

/** The ids of so many questions that somebody is asked, by what they ask. */
async function askedOf(client: SocketClient, count: number): Promise<ReadonlyMap<string, string>> {
  const asked = new Map<string, string>();
  while (asked.size < count) {
    const { question, request_id: requestId } = await client.next("ask_user");
    asked.set(String(question), String(requestId));
  }
  return asked;
}

test("several questions at once reach two people, each call gets its first answer, and both see all of them closed", async () => {
  const [ann, bob] = [await person(), await person()];
  const [real] = REAL_CLIENTS;
  if (real === undefined) throw new TypeError("there is a real client");
  const program = await real.connect(cell.url);
  const questions = ["Red?", "Green?", "Blue?"];

  const calls = questions.map((question) => program.call("ask_user", { question, timeout_seconds: 60 }));
  const [ofAnn, ofBob] = [await askedOf(ann, 3), await askedOf(bob, 3)];
  const say = async (client: SocketClient, question: string, answer: string) => {
    client.say({ type: "user_response", request_id: ofAnn.get(question), answer });
    return (await client.next("response_ack")).status;
  };
  const told = [
    await say(bob, "Blue?", "bob on blue"),
    await say(ann, "Red?", "ann on red"),
    await say(bob, "Red?", "bob on red, too late"),
    await say(ann, "Green?", "ann on green"),
  ];

  expect(ofBob).toEqual(ofAnn);
  expect([...ofAnn.keys()].sort()).toEqual([...questions].sort());
  expect(told).toEqual(["answered", "answered", "closed", "answered"]);
  const outcomes = await Promise.all(calls);
  expect(outcomes.map(({ text }) => text)).toEqual(["ann on red", "ann on green", "bob on blue"]);
  for (const client of [ann, bob]) {
    const closed = [await client.next("question_closed"), await client.next("question_closed")];
    closed.push(await client.next("question_closed"));
    expect(new Set(closed.map(({ request_id: requestId }) => requestId))).toEqual(new Set(ofAnn.values()));
    expect(closed.every(({ reason }) => reason === "answered")).toBe(true);
    await client.leave();
  }
  await program.close();
});
