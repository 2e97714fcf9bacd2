import { describe, expect, test } from "vitest";
import { z } from "zod";
import { QUESTIONS_MAX, ROUNDS_MAX } from "../../../../layers/mcp/limits.ts";
import { form, model, roots, url } from "../../../../layers/mcp/toolkit/ask.ts";
import type { Question } from "../../../../layers/mcp/toolkit/question.ts";
import type { CallScope } from "../../../../layers/mcp/toolkit/tool.ts";
import { mcpParts } from "../../../fixtures/mcp-parts.ts";
import { answered, complete, isFailure, loose, outcomeOf, started } from "../../../fixtures/started-call.ts";

describe("asking", () => {
  const name = () => form({ message: "Who?", schema: z.object({ name: z.string().min(1) }) });
  const accepted = (content: object) => ({ action: "accept", content });

  test("ends the run with the question, and the answer comes in the next one under the same call id", async () => {
    const ids: string[] = [];
    const parts = mcpParts([
      loose(async (_args, scope) => {
        ids.push(scope.callId);
        const { who } = await scope.ask({ who: name() });
        return who.action === "accept" ? `Hello ${who.content.name}` : who.action;
      }),
    ]);

    const asks = await started(parts).outcome;
    expect(asks).toMatchObject({ outcome: "asks", state: { round: 1, answers: {}, returned: false } });
    expect(asks.outcome === "asks" ? [...asks.questions.keys()] : []).toEqual(["who"]);

    const state = answered(asks, { who: accepted({ name: "Ann" }) });
    expect(await started(parts, { state }).outcome).toEqual(
      complete({ content: [{ type: "text", text: "Hello Ann" }] }),
    );
    expect(ids).toEqual([state.callId, state.callId]);
  });

  test("several at once gathers all of them, and asks again for those that are not answered alone", async () => {
    const parts = mcpParts([
      loose(async (_args, scope) => {
        const { a, b, c } = await scope.ask({
          a: roots(),
          b: url({ message: "Pay", url: "https://example.com" }),
          c: name(),
        });
        return JSON.stringify([a, b, c]);
      }),
    ]);

    const first = await started(parts).outcome;
    const second = await started(parts, { state: answered(first, { a: { roots: [] }, b: { action: "perhaps" } }) })
      .outcome;

    expect(first.outcome === "asks" ? [...first.questions.keys()] : []).toEqual(["a", "b", "c"]);
    expect(second.outcome === "asks" ? [...second.questions.keys()] : []).toEqual(["b", "c"]);
    const third = await started(parts, {
      state: answered(second, { b: { action: "decline" }, c: accepted({ name: "Ann" }) }),
    }).outcome;
    expect(third).toMatchObject({
      result: { content: [{ text: '[[],{"action":"decline"},{"action":"accept","content":{"name":"Ann"}}]' }] },
    });
  });

  test.each<[what: string, answer: unknown]>([
    ["a form that its schema refuses", { action: "accept", content: { name: "" } }],
    ["a form without content", { action: "accept" }],
    ["an unknown action", { action: "maybe" }],
    ["no object", "Ann"],
    ["null", null],
  ])("again where the answer is %s", async (_what, answer) => {
    const parts = mcpParts([loose((_args, scope) => scope.ask({ who: name() }))]);

    const asks = await started(parts).outcome;

    expect(await started(parts, { state: answered(asks, { who: answer }) }).outcome).toMatchObject({
      outcome: "asks",
      state: { round: 2 },
    });
  });

  test("in turn takes a round each, with all answers so far", async () => {
    const parts = mcpParts([
      loose(async (_args, scope) => {
        const { one } = await scope.ask({ one: roots() });
        const { two } = await scope.ask({ two: roots() });
        return `${one.length} ${two.length}`;
      }),
    ]);

    const first = await started(parts).outcome;
    const second = await started(parts, { state: answered(first, { one: { roots: [] } }) }).outcome;
    const state = answered(second, { two: { roots: [{ uri: "file:///" }] } });

    expect(second).toMatchObject({ outcome: "asks", state: { round: 2, answers: { one: { roots: [] } } } });
    expect(await started(parts, { state }).outcome).toMatchObject({ result: { content: [{ text: "0 1" }] } });
  });

  test("is done all the same where the tool catches what ends its run, whatever it answers then", async () => {
    const parts = mcpParts([
      loose(async (_args, scope) => {
        await scope.ask({ one: roots() }).catch(() => {});
        await scope.ask({ two: roots() }).catch(() => {});
        return "never mind";
      }),
    ]);

    const asks = await started(parts).outcome;

    expect(asks.outcome === "asks" ? [...asks.questions.keys()] : []).toEqual(["one", "two"]);
  });

  test("for two things at once, side by side, asks for both", async () => {
    const parts = mcpParts([
      loose((_args, scope) => Promise.all([scope.ask({ one: roots() }), scope.ask({ two: roots() })])),
    ]);

    const asks = await started(parts).outcome;

    expect(asks.outcome === "asks" ? [...asks.questions.keys()] : []).toEqual(["one", "two"]);
  });

  test("under a key named like a member of every object is no answer by itself", async () => {
    const parts = mcpParts([loose((_args, scope) => scope.ask({ constructor: roots(), toString: roots() }))]);

    const asks = await started(parts).outcome;

    expect(await started(parts, { state: answered(asks, {}) }).outcome).toMatchObject({ outcome: "asks" });
  });

  test(`for more than ${QUESTIONS_MAX} things at once is refused`, async () => {
    const questions = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`q${n}`, roots()]));
    const asking = (count: number) => outcomeOf((_args, scope) => scope.ask(questions(count)));

    expect(await asking(QUESTIONS_MAX)).toMatchObject({ outcome: "asks" });
    expect(await asking(QUESTIONS_MAX + 1)).toMatchObject(isFailure(/more than 16 questions at once/));
  });

  test(`for more than ${ROUNDS_MAX} rounds is refused`, async () => {
    const parts = mcpParts([loose((_args, scope) => scope.ask({ again: name() }))]);
    let outcome = await started(parts).outcome;
    for (let round = 1; round < ROUNDS_MAX; round++) {
      outcome = await started(parts, { state: answered(outcome, { again: "wrong" }) }).outcome;
    }

    expect(outcome).toMatchObject({ outcome: "asks", state: { round: ROUNDS_MAX } });
    expect(await started(parts, { state: answered(outcome, { again: "wrong" }) }).outcome).toMatchObject(
      isFailure(/more than 16 rounds/),
    );
  });

  test.each<[what: string, questions: Readonly<Record<string, Question<unknown>>>, lacking: object]>([
    ["a form", { form: name() }, { elicitation: { form: {} } }],
    ["a url", { visit: url({ message: "", url: "https://example.com" }) }, { elicitation: { url: {} } }],
    ["a model", { m: model({ messages: [], maxTokens: 1 }) }, { sampling: {} }],
    ["roots", { r: roots() }, { roots: {} }],
    [
      "all of it",
      { f: name(), u: url({ message: "", url: "https://example.com" }), m: model({ messages: [], maxTokens: 1 }) },
      { elicitation: { form: {}, url: {} }, sampling: {} },
    ],
  ])(
    "a client that does not declare it for %s is refused with what it lacks",
    async (_what, questions, requiredCapabilities) => {
      const parts = mcpParts([loose((_args, scope) => scope.ask(questions).catch(() => ({})))]);

      expect(await started(parts, { caller: { capabilities: {} } }).outcome).toEqual({
        outcome: "refused",
        error: { code: -32021, message: expect.any(String), data: { requiredCapabilities }, status: 400 },
      });
    },
  );

  test.each([
    ["a bare elicitation", { elicitation: {} }, "asks", "refused"],
    ["forms alone", { elicitation: { form: {} } }, "asks", "refused"],
    ["urls alone", { elicitation: { url: {} } }, "refused", "asks"],
  ])("%s declares what the specification says it does", async (_what, capabilities, ofForm, ofUrl) => {
    const asking = (question: Parameters<CallScope["ask"]>[0]) => {
      const parts = mcpParts([loose((_args, scope) => scope.ask(question))]);
      return started(parts, { caller: { capabilities } }).outcome;
    };

    expect(await asking({ q: name() })).toMatchObject({ outcome: ofForm });
    expect(await asking({ q: url({ message: "", url: "https://example.com" }) })).toMatchObject({ outcome: ofUrl });
  });
});

describe("letting the caller go", () => {
  const detaching = loose(async (_args, scope) => {
    await scope.detach();
    return "fetched";
  });

  test("does nothing where the caller can't come back", async () => {
    expect(await started(mcpParts([detaching])).outcome).toMatchObject({ result: { content: [{ text: "fetched" }] } });
  });

  test("ends the run once, and the next one goes on", async () => {
    const parts = mcpParts([detaching]);
    const first = await started(parts, { caller: { canReturn: true } }).outcome;

    expect(first).toMatchObject({ outcome: "detached", state: { returned: true } });
    const state = first.outcome === "detached" ? first.state : undefined;
    expect(await started(parts, { caller: { canReturn: true }, ...(state && { state }) }).outcome).toMatchObject({
      outcome: "complete",
    });
  });
});
