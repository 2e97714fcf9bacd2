import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type OpenCell, openCell } from "../fixtures/open-cell.ts";
import { connectedClient } from "../fixtures/socket-client.ts";

/** A sweeper comes by once a minute. */
const LATE_MS_MAX = 5_000;

let cell: OpenCell;
beforeAll(async () => {
  cell = await openCell();
}, 120_000);
afterAll(() => cell.close());

test("a question that no job waits for is over on its second, and whoever is connected is told so", async () => {
  const person = await connectedClient(cell.url);
  const order = { question: "Still there?", timeoutSeconds: 2 };
  const headers = { "content-type": "application/json" };

  const reply = await fetch(new URL("/api/questions", cell.url), {
    method: "POST",
    headers,
    body: JSON.stringify(order),
  });
  const { questionId, expiresAtEpochMs } = z
    .object({ questionId: z.string(), expiresAtEpochMs: z.number() })
    .parse(await reply.json());
  const closed = await person.next("question_closed");

  expect(closed).toMatchObject({ request_id: questionId, reason: "expired" });
  const lateMs = Date.now() - expiresAtEpochMs;
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(LATE_MS_MAX);
  await person.leave();
});
