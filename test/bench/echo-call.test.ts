import { expect, test } from "vitest";
import { echoCall, isAnswer } from "../../bench/echo/echo-call.ts";
import { floorReply } from "../../bench/echo/floor-reply.ts";

test("the reply to a call answers that call and no other", () => {
  const calls = Array.from({ length: 12 }, (_, number) => echoCall(number, 3));

  const answered = calls.map((call) => calls.filter((other) => isAnswer(floorReply(call.body), other)));

  expect(answered).toEqual(calls.map((call) => [call]));
});

test("an error that repeats the id answers nothing, and neither does the right text under another id", () => {
  const call = echoCall(7, 1);
  const { id } = JSON.parse(call.body);

  const error = isAnswer(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32603, message: "no" } }), call);
  const other = isAnswer(floorReply(call.body).replace(call.id, echoCall(8, 1).id), call);

  expect({ error, other }).toEqual({ error: false, other: false });
});

test("the tools are called in turn, and the header says which", () => {
  const names = [0, 1, 2, 3].map((number) => echoCall(number, 3).headers["mcp-name"]);

  expect(names).toEqual(["echo", "echo_1", "echo_2", "echo"]);
});
