import { expect, test } from "vitest";
import { readHttpEvent } from "../../../../layers/http/lambda/http-event.ts";
import { albEvent } from "../../../../layers/local/lambda/alb-event.ts";
import { aRequest } from "../../../fixtures/http-call.ts";

const FACTS = {
  targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/skein-test-mcp/0",
  requestId: "11111111-2222-4333-8444-555555555555",
  atEpochMs: 1_795_176_983_000,
};
const OWN_TRACE = "1-6b003a17-111111112222433384445555";

test("an event has the form that Elastic Load Balancing documents, and nothing else", () => {
  const headers = { accept: "*/*", "content-type": "application/json; charset=utf-8" };
  const request = aRequest({ method: "POST", path: "/mcp", query: "a=1&a=2&b", headers });

  const event = albEvent({ ...request, body: Buffer.from('{"ü":1}') }, FACTS);

  expect(event).toEqual({
    requestContext: { elb: { targetGroupArn: FACTS.targetGroupArn } },
    httpMethod: "POST",
    path: "/mcp",
    multiValueQueryStringParameters: { a: ["1", "2"], b: [""] },
    multiValueHeaders: {
      accept: ["*/*"],
      "content-type": ["application/json; charset=utf-8"],
      host: ["127.0.0.1:3000"],
      "x-amzn-trace-id": [`Root=${OWN_TRACE}`],
      "x-forwarded-for": ["127.0.0.1"],
      "x-forwarded-port": ["443"],
      "x-forwarded-proto": ["https"],
    },
    body: '{"ü":1}',
    isBase64Encoded: false,
  });
});

test("what a request does not have is empty", () => {
  const event = albEvent(aRequest({ path: "/health/ready" }), FACTS);

  expect(event).toMatchObject({ multiValueQueryStringParameters: {}, body: "", isBase64Encoded: false });
});

test("neither path nor query is decoded, whatever their names are", () => {
  const query = "n%C3%A4me=%C3%BC%26%3D&q=1+%2B=1&&=x&constructor=1&__proto__=2";
  const event = albEvent(aRequest({ path: "/a%2Fb/caf%C3%A9", query }), FACTS);

  expect(JSON.parse(JSON.stringify(event))).toMatchObject({
    path: "/a%2Fb/caf%C3%A9",
    multiValueQueryStringParameters: JSON.parse(
      '{"n%C3%A4me":["%C3%BC%26%3D"],"q":["1+%2B=1"],"":["x"],"constructor":["1"],"__proto__":["2"]}',
    ),
  });
});

test.each([
  ["text/plain", undefined, false],
  ["TEXT/HTML; charset=utf-8", undefined, false],
  ["application/json", undefined, false],
  ["application/javascript", undefined, false],
  ["application/xml", undefined, false],
  ["application/problem+json", undefined, true],
  ["application/octet-stream", undefined, true],
  [undefined, undefined, true],
  ["application/json", "gzip", true],
])("a body of the type %s and the encoding %s comes in base64: %s", (type, encoding, isBase64Encoded) => {
  const headers = { "content-type": type, "content-encoding": encoding };
  const event = albEvent(aRequest({ headers, body: Buffer.from("body") }), FACTS);

  expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "Ym9keQ==" : "body" });
});

test.each([
  ["Root=1-67891233-abcdef012345678912345678", "Root=1-67891233-abcdef012345678912345678"],
  ["Root=1-67891233-abc;CalledFrom=app", "Root=1-67891233-abc;CalledFrom=app"],
  ["Self=1-67891234-12;Root=1-67891233-ab", "Root=1-67891233-ab"],
])("to a trace that the caller began, as %s, the load balancer adds itself", (sent, kept) => {
  const event = albEvent(aRequest({ headers: { "x-amzn-trace-id": sent } }), FACTS);

  expect(event).toMatchObject({ multiValueHeaders: { "x-amzn-trace-id": [`Self=${OWN_TRACE};${kept}`] } });
});

test("a header whose name is none of HTTP's is dropped", () => {
  const event = albEvent(aRequest({ headers: { x_internal: "1", "x-internal": "2", "a.b": "3" } }), FACTS);

  expect(event).toMatchObject({ multiValueHeaders: { "x-internal": ["2"] } });
  expect(event).not.toMatchObject({ multiValueHeaders: { x_internal: expect.anything() } });
  expect(event).not.toMatchObject({ multiValueHeaders: { "a.b": expect.anything() } });
});

test.each([
  ["text", "text/plain", Buffer.from("ü")],
  ["bytes", "application/octet-stream", Buffer.from([0, 255])],
])("functions read the same request in it that came, with a body of %s", (_what, type, body) => {
  const request = aRequest({
    method: "PATCH",
    path: "/a%20b",
    query: "q=%C3%A4&q=2&empty=",
    headers: { "x-forwarded-for": "203.0.113.9", cookie: "a=1; b=2", "content-type": type },
    body,
  });

  const read = readHttpEvent(JSON.parse(JSON.stringify(albEvent(request, FACTS))));

  const headers = {
    ...request.headers,
    "x-amzn-trace-id": `Root=${OWN_TRACE}`,
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
  expect(read).toEqual({ ok: true, value: { door: "alb", request: { ...request, headers, tls: true } } });
});
