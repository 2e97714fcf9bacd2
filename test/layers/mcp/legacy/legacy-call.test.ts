import { describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { STREAM_AFTER_MS } from "../../../../layers/mcp/limits.ts";
import { ToolError } from "../../../../layers/mcp/toolkit/tool.ts";
import { isQuestion, isReplyTo, legacyClient, textOf, type Wire } from "../../../fixtures/legacy-client.ts";
import { accept, fleet, HOLD_MS, ordering, READ_ONLY, sizeForm, toolOf } from "../../../fixtures/legacy-fleet.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

describe("a call that changes nothing and is quick", () => {
  test.each(["2025-11-25", "2025-06-18", "2025-03-26"] as const)(
    "is answered with one object and stores nothing, in %s",
    async (version) => {
      const { start, pass, table } = fleet(toolOf(() => "quick", READ_ONLY));
      const writes: string[] = [];
      const counted: Table = {
        ...table,
        put: (...given) => {
          writes.push("put");
          return table.put(...given);
        },
        update: (...given) => {
          writes.push("update");
          return table.update(...given);
        },
      };
      const process = start({ given: { table: counted } });
      const client = await pass(legacyClient(process, { version }));

      const reading = await pass(client.call(process, 1, "tool"));

      expect(reading.lastEventId()).toBeUndefined();
      expect(reading.messages).toEqual([
        { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "quick" }] } },
      ]);
      // The one is the session's own.
      expect(writes).toEqual(["put"]);
    },
  );

  test("becomes a stream that can be resumed when it takes longer", async () => {
    const { start, pass, clock } = fleet(
      toolOf(async (_scope, time) => {
        await time.sleep(3_000);
        return "slow";
      }, READ_ONLY),
    );
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));

    const reading = await pass(client.call(one, 1, "tool"));
    await elapse(clock, STREAM_AFTER_MS);
    expect(reading.lastEventId()).toMatch(/\.0$/);
    one.kill();
    const resumed = await pass(client.listen(other, reading.lastEventId()));

    expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("slow");
  });
});

test("a reply is stored before it is sent, so whoever comes back finds it, and only what it has not seen", async () => {
  const { start, pass } = fleet(toolOf(() => "done"));
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const reading = await pass(client.call(one, 1, "tool"));
  await pass(reading.ended);
  const [primed, replied] = [reading.lastEventId()?.replace(/\.\d+$/, ".0"), reading.lastEventId()];
  one.kill();

  const missed = await pass(client.listen(other, primed));
  const nothing = await pass(client.listen(other, replied));
  await pass(Promise.all([missed.ended, nothing.ended]));

  expect(missed.messages).toEqual(reading.messages);
  expect(missed.lastEventId()).toBe(replied);
  expect(nothing.messages).toEqual([]);
});

test("what is told of progress still rises after an answer", async () => {
  const { start, pass } = fleet(
    toolOf(async (scope) => {
      scope.progress(1, 3);
      await scope.ask({ size: sizeForm() });
      scope.progress(2, 3);
      return "done";
    }),
    { holdMs: HOLD_MS },
  );
  const process = start();
  const client = await pass(legacyClient(process));
  const reading = await pass(client.call(process, 1, "tool", {}, { _meta: { progressToken: "p" } }));

  await pass(client.answer(process, await pass(reading.next(isQuestion)), accept("L")));
  await pass(reading.next(isReplyTo(1)));

  const told = reading.messages.filter(({ method }: Wire) => method === "notifications/progress");
  expect(told.map(({ params }) => params?.progress)).toEqual([1, 2]);
});

test("arguments, answers and replies as large as a request come through whole", async () => {
  const { start, pass } = fleet(
    toolOf(async (scope, _clock, args) => {
      const { size } = await scope.ask({ size: sizeForm() });
      return `${args.text} ${size.action === "accept" ? size.content.size : ""}`;
    }),
  );
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const [text, size] = ["a".repeat(1_000_000), "b".repeat(1_000_000)];

  const reading = await pass(client.call(one, 1, "tool", { text }));
  await pass(reading.ended);
  await pass(client.answer(other, await pass(reading.next(isQuestion)), accept(size)));
  const resumed = await pass(client.listen(one, reading.lastEventId()));

  expect(textOf(await pass(resumed.next(isReplyTo(1)))) === `${text} ${size}`).toBe(true);
});

test("a tool that lets its caller go is run on when the caller comes back", async () => {
  const { start, pass } = fleet(
    toolOf(async (scope) => {
      await scope.detach();
      return "fetched";
    }),
  );
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));

  const reading = await pass(client.call(one, 1, "tool"));
  await pass(reading.ended);
  expect(reading.messages).toEqual([]);
  const resumed = await pass(client.listen(other, reading.lastEventId()));

  expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("fetched");
});

test("one principal can neither resume nor answer another's call", async () => {
  const { toolkit, effects } = ordering();
  const { start, pass, clock } = fleet(toolkit);
  const process = start();
  const ann = await pass(legacyClient(process));
  const reading = await pass(ann.call(process, 1, "tool"));
  await pass(reading.ended);
  const question = await pass(reading.next(isQuestion));
  const { tenantId } = process.context().principal;
  const eve = await pass(legacyClient(process, { context: { principal: principalOf({ tenantId, subject: "eve" }) } }));

  await pass(eve.answer(process, question, accept("L")));
  const resumed = await pass(eve.listen(process, reading.lastEventId()?.replace(/\.\d+$/, ".0")));
  await elapse(clock, 1_000);

  expect(effects).toEqual([]);
  expect(resumed.messages).toEqual([]);
});

describe("a cancellation", () => {
  test("reaches the tool on whichever process it runs; there is no reply, then or later", async () => {
    let signal: AbortSignal | undefined;
    const { start, pass, clock } = fleet(
      toolOf(async (scope, time) => {
        signal = scope.signal;
        await time.sleep(60_000, scope.signal);
        return "too late";
      }),
    );
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 7, "tool"));
    await elapse(clock, 1_000);

    await pass(client.notify(other, "notifications/cancelled", { requestId: 7 }));
    await pass(reading.ended);
    const resumed = await pass(client.listen(other, reading.lastEventId()));
    await pass(resumed.ended);

    expect(signal?.aborted).toBe(true);
    expect([...reading.messages, ...resumed.messages]).toEqual([]);
  });

  test("while a question is open withdraws the question", async () => {
    const { toolkit } = ordering();
    const { start, pass } = fleet(toolkit, { holdMs: HOLD_MS });
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    const question = await pass(reading.next(isQuestion));

    await pass(client.notify(process, "notifications/cancelled", { requestId: 1 }));
    await pass(reading.ended);

    expect(reading.messages.at(-1)).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: question.id },
    });
  });

  test("of an id that is too long for any key reaches its call", async () => {
    const { start, pass, clock } = fleet(toolOf((scope, time) => time.sleep(60_000, scope.signal).then(() => "late")));
    const process = start();
    const client = await pass(legacyClient(process));
    const id = "x".repeat(5_000);
    const reading = await pass(client.call(process, id, "tool"));
    await elapse(clock, 100);

    await pass(client.notify(process, "notifications/cancelled", { requestId: id }));
    await pass(reading.ended);

    expect(reading.messages).toEqual([]);
    expect(process.reports).toEqual([]);
  });
});

test("a stream's log line says what its call came to in the end", async () => {
  const { start, pass } = fleet(
    toolOf((_scope, _clock, { ends }) => {
      if (ends === "badly") throw new ToolError("no");
      return "well";
    }),
  );
  const one = start();
  const client = await pass(legacyClient(one));

  const [well, badly] = [
    await pass(client.call(one, 1, "tool")),
    await pass(client.call(one, 2, "tool", { ends: "badly" })),
  ];
  await pass(Promise.all([well.ended, badly.ended]));

  expect([well.log, badly.log]).toEqual([
    { operation: "tools/call", tool: "tool", outcome: "ok" },
    { operation: "tools/call", tool: "tool", outcome: "tool_error" },
  ]);
});
