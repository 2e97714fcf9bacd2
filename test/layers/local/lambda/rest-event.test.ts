import { expect, test } from "vitest";
import { readHttpEvent } from "../../../../layers/http/lambda/http-event.ts";
import { restEvent } from "../../../../layers/local/lambda/rest-event.ts";
import { aRequest } from "../../../fixtures/http-call.ts";

const FACTS = { resource: "/mcp", requestId: "11111111-2222-4333-8444-555555555555", atEpochMs: 1_795_176_983_000 };

test("an event has the form that API Gateway documents", () => {
  const request = aRequest({ method: "POST", path: "/mcp", query: "a=1&a=2&b", headers: { accept: "*/*" } });

  const event = restEvent({ ...request, body: Buffer.from([0, 255]) }, FACTS);

  expect(event).toMatchObject({
    resource: "/mcp",
    path: "/mcp",
    httpMethod: "POST",
    headers: { accept: "*/*", host: "127.0.0.1:3000", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" },
    multiValueHeaders: { accept: ["*/*"] },
    queryStringParameters: { a: "2", b: "" },
    multiValueQueryStringParameters: { a: ["1", "2"], b: [""] },
    pathParameters: null,
    requestContext: { path: "/mcp", requestId: FACTS.requestId, identity: { sourceIp: "127.0.0.1" } },
    body: "AP8=",
    isBase64Encoded: true,
  });
});

test("what a request does not have is null", () => {
  const event = restEvent(aRequest({ path: "/health/ready" }), { ...FACTS, resource: "/health/{proxy+}" });

  expect(event).toMatchObject({
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: "ready" },
    body: null,
    isBase64Encoded: false,
  });
});

test("functions read the same request in it that came", () => {
  const request = aRequest({
    method: "PATCH",
    path: "/a%20b",
    query: "q=%C3%A4&q=2",
    headers: { "x-forwarded-for": "203.0.113.9", cookie: "a=1; b=2" },
    body: Buffer.from("ü"),
  });

  const read = readHttpEvent(JSON.parse(JSON.stringify(restEvent(request, FACTS))));

  const headers = {
    ...request.headers,
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  };
  expect(read).toEqual({ ok: true, value: { door: "rest", request: { ...request, headers, tls: true } } });
});
