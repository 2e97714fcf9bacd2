import { describe, expect, test } from "vitest";
import { CALL_LEASE_MS } from "../../../../layers/mcp/limits.ts";
import { definePrompt } from "../../../../layers/mcp/toolkit/tool.ts";
import { isQuestion, isReplyTo, legacyClient, textOf } from "../../../fixtures/legacy-client.ts";
import { accept, fleet, HOLD_MS, ordering, RERUNNABLE, sizeForm, toolOf } from "../../../fixtures/legacy-fleet.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

describe("a question", () => {
  test("that is answered anywhere while the stream is held gets the reply on that stream", async () => {
    const { toolkit, effects } = ordering();
    const { start, pass } = fleet(toolkit, { holdMs: HOLD_MS });
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));

    const reading = await pass(client.call(one, "call", "tool"));
    const question = await pass(reading.next(isQuestion));
    const accepted = await pass(client.answer(other, question, accept("L")));

    expect(question).toMatchObject({ method: "elicitation/create", params: { mode: "form", message: "Which size?" } });
    expect(accepted.status).toBe(202);
    expect(textOf(await pass(reading.next(isReplyTo("call"))))).toBe("size L");
    expect(effects).toHaveLength(1);
  });

  test("that is not waited for is answered anywhere, and the reply is there to be fetched", async () => {
    const { toolkit, effects, callIds } = ordering();
    const { start, pass } = fleet(toolkit);
    const [one, other, third] = [start(), start(), start()];
    const client = await pass(legacyClient(one));

    const reading = await pass(client.call(one, 1, "tool"));
    await pass(reading.ended);
    const question = await pass(reading.next(isQuestion));
    await pass(client.answer(other, question, accept("M")));
    expect(effects).toHaveLength(1);
    const resumed = await pass(client.listen(third, reading.lastEventId()));

    expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("size M");
    expect(new Set(callIds).size).toBe(1);
  });

  test("is sent again to a client that comes back without having seen it", async () => {
    const { toolkit } = ordering();
    const { start, pass } = fleet(toolkit);
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await pass(reading.ended);

    const again = await pass(client.listen(other, reading.lastEventId()?.replace(/\.\d+$/, ".0")));
    await pass(again.ended);

    expect(again.messages).toEqual(reading.messages);
  });

  test("where no stream is held open, leaves a client that comes back its place, and then the reply", async () => {
    const { toolkit } = ordering();
    const { start, pass } = fleet(toolkit, { closing: AbortSignal.abort() });
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    const question = await pass(reading.next(isQuestion));

    const early = await pass(client.listen(process, reading.lastEventId()));
    await pass(early.ended);
    await pass(client.answer(process, question, accept("M")));
    const later = await pass(client.listen(process, early.lastEventId()));

    expect(early.messages).toEqual([]);
    expect(early.lastEventId()).toBe(question.id);
    expect(textOf(await pass(later.next(isReplyTo(1))))).toBe("size M");
  });

  test("that is answered twice at once, on two processes, is answered once", async () => {
    const { toolkit, effects } = ordering();
    const { start, pass } = fleet(toolkit);
    const [one, two, three] = [start(), start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await pass(reading.ended);
    const question = await pass(reading.next(isQuestion));

    const statuses = await pass(
      Promise.all([client.answer(two, question, accept("L")), client.answer(three, question, accept("S"))]),
    );
    const resumed = await pass(client.listen(one, reading.lastEventId()));

    expect(statuses.map(({ status }) => status)).toEqual([202, 202]);
    expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("size L");
    expect(effects).toHaveLength(1);
  });

  test("that is answered in the very moment in which its stream is let go is not forgotten", async () => {
    const { toolkit, effects } = ordering();
    const { start, pass, clock } = fleet(toolkit);
    const slow = start({ latencyMs: () => 100 });
    const quick = start();
    const client = await pass(legacyClient(quick));

    const reading = await pass(client.call(slow, 1, "tool"));
    const question = await pass(reading.next(isQuestion));
    // The one process has looked for an answer and found none, and has not yet given the call up.
    await elapse(clock, 300);
    await pass(client.answer(quick, question, accept("L")));
    expect(effects).toHaveLength(0);
    await elapse(clock, 2_000);

    expect(effects).toHaveLength(1);
  });

  test.each([
    ["of another call", "00000000-0000-4000-8000-000000000000.1"],
    ["of no call at all", "mine"],
    ["with a number for an id", 1],
  ])("%s can be answered without any effect", async (_what, id) => {
    const { toolkit, effects } = ordering();
    const { start, pass } = fleet(toolkit);
    const process = start();
    const client = await pass(legacyClient(process));
    await pass(client.call(process, 1, "tool"));

    const accepted = await pass(client.answer(process, { id }, accept("L")));

    expect(accepted.status).toBe(202);
    expect(effects).toEqual([]);
  });

  test("that the client answers with an error fails the call with the client's reason", async () => {
    const { toolkit, effects } = ordering();
    const { start, pass } = fleet(toolkit, { holdMs: HOLD_MS });
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));

    await pass(client.refuse(process, await pass(reading.next(isQuestion)), "nobody is here"));

    const reply = await pass(reading.next(isReplyTo(1)));
    expect(reply.result?.isError).toBe(true);
    expect(textOf(reply)).toBe("The client did not answer size: nobody is here");
    expect(effects).toEqual([]);
  });

  test("of a prompt that the client answers with an error is an error of the request", async () => {
    const asking = definePrompt({
      name: "asks",
      get: async (_args, scope) => `${(await scope.ask({ size: sizeForm() })).size.action}`,
    });
    const { start, pass } = fleet(() => [asking], { holdMs: HOLD_MS });
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.request(process, 1, "prompts/get", { name: "asks" }));

    await pass(client.refuse(process, await pass(reading.next(isQuestion)), "no"));

    expect(await pass(reading.next(isReplyTo(1)))).toMatchObject({
      error: { code: -32600, message: "Invalid request: The client did not answer size: no" },
    });
  });

  test("that is answered wrongly is asked again under a new id", async () => {
    const { toolkit } = ordering();
    const { start, pass } = fleet(toolkit, { holdMs: HOLD_MS });
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    const first = await pass(reading.next(isQuestion));

    await pass(client.answer(process, first, { action: "accept", content: { size: 5 } }));
    const second = await pass(reading.next((message) => isQuestion(message) && message.id !== first.id));
    await pass(client.answer(process, second, accept("L")));

    expect(textOf(await pass(reading.next(isReplyTo(1))))).toBe("size L");
  });

  test("that nobody answers in an older revision, whose client can't come back, ends with the door's time", async () => {
    const { toolkit } = ordering();
    const { start, pass, clock } = fleet(toolkit);
    const process = start();
    const context = { deadlineEpochMs: clock.nowMs() + 30_000 };
    const client = await pass(legacyClient(process, { version: "2025-06-18", context }));

    const reading = await pass(client.call(process, 1, "tool"));
    await elapse(clock, 20_000);
    expect(reading.messages.filter(isReplyTo(1))).toEqual([]);
    await elapse(clock, 10_000);

    expect(textOf(reading.messages.find(isReplyTo(1)))).toBe("Nobody answered size in time.");
  });

  test("in an older revision is held, says nothing of modes, and its answer may land anywhere", async () => {
    const { toolkit } = ordering();
    const { start, pass } = fleet(toolkit);
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one, { version: "2025-06-18" }));

    const reading = await pass(client.call(one, 1, "tool"));
    const question = await pass(reading.next(isQuestion));
    await pass(client.answer(other, question, accept("L")));

    expect(question.params).not.toHaveProperty("mode");
    expect(textOf(await pass(reading.next(isReplyTo(1))))).toBe("size L");
  });

  test("from a process that stood still is sent by the one that took the call over", async () => {
    const { start, pass, clock } = fleet(
      toolOf(async (scope, time) => {
        await time.sleep(200);
        return (await scope.ask({ size: sizeForm() })).size.action;
      }, RERUNNABLE),
    );
    const one = start();
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await elapse(clock, 20);
    one.pause(CALL_LEASE_MS + 1_000);
    await elapse(clock, CALL_LEASE_MS + 200);

    // Finds the call with a lease that is over; takes it only after the first process has put its question.
    const slow = start({ latencyMs: () => 200, given: { holdMs: HOLD_MS } });
    const resumed = await pass(client.listen(slow, reading.lastEventId()));
    await elapse(clock, 4_000);

    expect(resumed.messages.filter(isQuestion)).toHaveLength(1);
  });
});
