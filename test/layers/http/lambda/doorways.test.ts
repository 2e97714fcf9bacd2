import { expect, test } from "vitest";
import { doorways } from "../../../../layers/http/lambda/doorways.ts";
import { BODY_BYTES_MAX } from "../../../../layers/http/limits.ts";
import { aCall, answering, aRequest, problemOf } from "../../../fixtures/http-call.ts";

const report = (): void => {};
const long = answering({ body: JSON.stringify("x".repeat(5000)) });

test("any host name is served, since the front door has matched it", async () => {
  const reply = await doorways(answering(), { report }).rest(aRequest({ headers: { host: "api.example.com" } }), aCall);

  expect(reply.status).toBe(200);
});

test("a page of another origin is refused", async () => {
  const request = aRequest({ headers: { host: "api.example.com", origin: "https://evil.example" } });

  const reply = await doorways(answering(), { report }).rest(request, aCall);

  expect(reply.status).toBe(403);
});

test("a page on the developer's own machine may read replies, refusals too", async () => {
  const request = aRequest({ headers: { host: "api.example.com", origin: "http://localhost:6274" } });
  const handler = answering({ status: 401 });

  const reply = await doorways(handler, { report }).rest(request, aCall);

  expect(reply).toMatchObject({ status: 401, headers: { "access-control-allow-origin": "http://localhost:6274" } });
});

test("replies are compressed behind a load balancer alone", async () => {
  const request = aRequest({ headers: { "accept-encoding": "gzip" } });
  const { rest, alb } = doorways(long, { report });

  expect((await alb(request, aCall)).headers["content-encoding"]).toBe("gzip");
  expect((await rest(request, aCall)).headers["content-encoding"]).toBeUndefined();
});

test("a body is taken up to its limit, and refused with it past that", async () => {
  const { rest } = doorways(answering(), { report });

  const largest = await rest(aRequest({ method: "POST", body: new Uint8Array(BODY_BYTES_MAX) }), aCall);
  const larger = await rest(aRequest({ method: "POST", body: new Uint8Array(BODY_BYTES_MAX + 1) }), aCall);

  expect(largest.status).toBe(200);
  expect(larger.status).toBe(413);
  expect(problemOf(larger)).toMatchObject({
    code: "body_too_large",
    detail: `a body may have ${BODY_BYTES_MAX} bytes`,
  });
});

test("a handler's fault is reported and told without its reason", async () => {
  const faults: unknown[] = [];
  const fault = new TypeError("secret");

  const { rest } = doorways(() => Promise.reject(fault), { report: (reported) => faults.push(reported) });
  const reply = await rest(aRequest(), aCall);

  expect(reply.status).toBe(500);
  expect(JSON.stringify(problemOf(reply))).not.toContain("secret");
  expect(faults).toEqual([fault]);
});
