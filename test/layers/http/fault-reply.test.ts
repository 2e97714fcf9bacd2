import { expect, test } from "vitest";
import { StoreFault } from "../../../layers/core/ports/store-fault.ts";
import { faultCode, faultReplies } from "../../../layers/http/fault-reply.ts";
import { aCall, answering, aRequest, problemOf } from "../../fixtures/http-call.ts";

function failingWith(fault: unknown) {
  const reports: unknown[] = [];
  const handler = faultReplies(
    (reported, requestId) => reports.push([reported, requestId]),
    async () => {
      throw fault;
    },
  );
  return { handler, reports };
}

test("a fault is told to those who run the server, and to the caller only that there was one", async () => {
  const fault = new Error("the password is hunter2");
  const { handler, reports } = failingWith(fault);

  const reply = await handler(aRequest(), aCall);

  expect(reply).toMatchObject({ status: 500, log: { outcome: "internal" } });
  expect(problemOf(reply)).toMatchObject({ code: "internal", requestId: aCall.requestId });
  expect(reply.body).not.toContain("hunter2");
  expect(reports).toEqual([[fault, aCall.requestId]]);
});

test("a store that fails is a matter of time", async () => {
  const { handler } = failingWith(new StoreFault("table", "get", { cause: new Error("disk gone") }));

  const reply = await handler(aRequest(), aCall);

  expect(reply).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(problemOf(reply)).toMatchObject({ code: "store_unavailable" });
  expect(reply.body).not.toContain("disk");
});

test("what is thrown without being an error is a fault too", async () => {
  const { handler } = failingWith(undefined);

  const reply = await handler(aRequest(), aCall);

  expect(reply.status).toBe(500);
});

test("a reply passes as it is", async () => {
  const reply = await faultReplies(() => {}, answering({ body: "fine" }))(aRequest(), aCall);

  expect(reply.body).toBe("fine");
});

test.each([
  [{ code: "ENOENT" }, "ENOENT"],
  [{ code: 7 }, undefined],
  [null, undefined],
  ["code", undefined],
])("the code of %j is %j", (fault, code) => {
  const found = faultCode(fault);

  expect(found).toBe(code);
});
