import { describe, expect, test } from "vitest";
import { readHttpEvent } from "../../../../layers/http/lambda/http-event.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";

function requestOf(name: string) {
  const event = readHttpEvent(recordedEvent(name));
  if (!event.ok) throw new TypeError(event.problem.detail);
  return event.value.request;
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

describe("a REST API's event", () => {
  test("becomes the request that the caller sent", () => {
    const event = readHttpEvent(recordedEvent("rest-json"));

    expect(event).toEqual({
      ok: true,
      value: {
        door: "rest",
        request: {
          method: "POST",
          path: "/mcp",
          query: "",
          headers: {
            accept: "application/json, text/event-stream",
            "content-type": "application/json",
            host: "api.example.com",
            "x-amzn-trace-id": "Root=1-6740f9ad-1a2b3c4d5e6f708192a3b4c5",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
          },
          body: Buffer.from(PING),
          remoteAddress: "203.0.113.7",
          tls: true,
          mount: "/live",
        },
      },
    });
  });

  test("below a domain has nothing before its path", () => {
    const event = recordedEvent("rest-json");
    const below = { ...event, requestContext: { ...Object(event.requestContext), path: "/mcp" } };

    const read = readHttpEvent(below);

    expect(read.ok && read.value.request).not.toHaveProperty("mount");
  });

  test("keeps a path's encoding, and encodes what can't stand in one", () => {
    expect(requestOf("rest-odd").path).toBe("/api/a%2Fb/caf%C3%A9%20%C3%BCber/%25zz");
  });

  test("has its decoded query encoded again, with repeated and empty parameters", () => {
    const { query } = requestOf("rest-odd");

    expect(query).toBe("sessionId=1&sessionId=2&q=1%20%2B%201&empty=&n%C3%A4me=%C3%BC%26%3D");
    expect([...new URLSearchParams(query)]).toEqual([
      ["sessionId", "1"],
      ["sessionId", "2"],
      ["q", "1 + 1"],
      ["empty", ""],
      ["näme", "ü&="],
    ]);
  });

  test("has repeated headers joined, cookies by their own mark, names in one spelling", () => {
    const { headers } = requestOf("rest-odd");

    expect(headers.cookie).toBe("a=1; b=2; c=3");
    expect(headers.accept).toBe("text/plain, text/html, */*;q=0.1");
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  test("gives bytes that are no text as they were sent", () => {
    expect(requestOf("rest-binary").body).toEqual(Buffer.from([0x00, 0x01, 0xff, 0x80, 0xc3, 0x28]));
  });

  test("from the console, without headers and body, is a request without them", () => {
    expect(requestOf("rest-console")).toMatchObject({ headers: {}, body: Buffer.alloc(0), tls: false });
  });
});

describe("a load balancer's event", () => {
  test("may be the load balancer's own, which asks whether the function is well and names no caller", () => {
    const event = readHttpEvent(recordedEvent("alb-health"));

    expect(event).toEqual({
      ok: true,
      value: {
        door: "alb",
        request: {
          method: "GET",
          path: "/health/live",
          query: "",
          headers: { "user-agent": "ELB-HealthChecker/2.0" },
          body: Buffer.from(""),
          remoteAddress: "",
          tls: false,
        },
      },
    });
  });

  test("becomes the request that the caller sent, from the address that the balancer saw", () => {
    const event = readHttpEvent(recordedEvent("alb-json"));

    expect(event).toMatchObject({
      ok: true,
      value: {
        door: "alb",
        request: { method: "POST", path: "/mcp", query: "", remoteAddress: "203.0.113.7", tls: true },
      },
    });
    expect(requestOf("alb-json").body).toEqual(Buffer.from(PING));
  });

  test("keeps path and query encoded as they are", () => {
    const { path, query } = requestOf("alb-odd");

    expect(path).toBe("/api/a%2Fb/caf%C3%A9");
    expect(query).toBe("sessionId=1&sessionId=2&q=1+%2B%201&empty=&n%C3%A4me=%C3%BC%26%3D");
  });

  test("says whether the caller's own connection is encrypted, and joins cookies", () => {
    expect(requestOf("alb-odd")).toMatchObject({ tls: false, headers: { cookie: "a=1; b=2; c=3" } });
  });

  test("gives bytes that are no text as they were sent", () => {
    expect(requestOf("alb-binary").body).toEqual(Buffer.from([0x00, 0x01, 0xff, 0x80, 0xc3, 0x28]));
  });

  test("without multi-value headers is refused with what to set", () => {
    expect(readHttpEvent(recordedEvent("alb-single-value"))).toEqual({
      ok: false,
      problem: {
        reason: "event_unreadable",
        detail: "no event of a load balancer whose target group has multi-value headers on: multiValueHeaders",
      },
    });
  });
});

test.each([
  ["nothing", undefined],
  ["a text", "event"],
  ["an empty object", {}],
  ["one without a context", { requestContext: null }],
  ["one without a path", { ...recordedEvent("rest-json"), path: "" }],
  ["one without an address", { ...recordedEvent("rest-json"), requestContext: { identity: {} } }],
  ["one with single values", { ...recordedEvent("rest-json"), multiValueHeaders: { accept: "one" } }],
])("%s is no event of a front door", (_name, event) => {
  expect(readHttpEvent(event)).toMatchObject({ ok: false, problem: { reason: "event_unreadable" } });
});

test("the reason of a refusal repeats nothing of the event", () => {
  const refusal = readHttpEvent({ httpMethod: "GET", authorization: "Bearer secret" });

  expect(JSON.stringify(refusal)).not.toContain("secret");
});
