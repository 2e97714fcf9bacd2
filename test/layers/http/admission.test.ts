import { expect, test } from "vitest";
import { admission } from "../../../layers/http/admission.ts";
import { URL_BYTES_MAX } from "../../../layers/http/limits.ts";
import { aCall, answering, aRequest, problemOf } from "../../fixtures/http-call.ts";

const admit = admission({ hosts: ["127.0.0.2"], origins: ["https://app.example.com"] }, answering());

test.each(["localhost", "LOCALHOST:3000", "127.0.0.1", "127.0.0.1:3000", "[::1]", "[::1]:65535", "127.0.0.2:3000"])(
  "the host %s is ours",
  async (host) => {
    const reply = await admit(aRequest({ headers: { host } }), aCall);

    expect(reply.status).toBe(200);
  },
);

test.each([
  "evil.example.com",
  "127.0.0.1.evil.example.com",
  "localhost.evil.example.com:3000",
  "localhost:3000@evil.example.com",
  "localhost:",
  "localhost:3000, evil.example.com",
  "[::1",
  "[::1]evil",
  "::1",
  "127.0.0.3",
  ":3000",
  "",
])("the host %j is refused, as DNS rebinding would send it", async (host) => {
  const reply = await admit(aRequest({ headers: { host } }), aCall);

  expect(reply.status).toBe(403);
  expect(problemOf(reply)).toMatchObject({ code: "host_forbidden" });
});

test("a request without a host is refused", async () => {
  const reply = await admit(aRequest({ headers: { host: undefined } }), aCall);

  expect(reply.status).toBe(403);
});

test.each([
  "http://localhost",
  "http://localhost:5173",
  "https://127.0.0.1:8443",
  "http://[::1]:3000",
  "https://app.example.com",
])("pages of %s may call", async (origin) => {
  const reply = await admit(aRequest({ headers: { origin } }), aCall);

  expect(reply.status).toBe(200);
});

test.each([
  "https://evil.example.com",
  "http://localhost.evil.example.com",
  "http://127.0.0.1.evil.example.com:3000",
  "http://app.example.com",
  "https://app.example.com:8443",
  "http://localhost:3000/path",
  "file://localhost",
  "null",
  "",
])("pages of %j are refused", async (origin) => {
  const reply = await admit(aRequest({ headers: { origin } }), aCall);

  expect(reply.status).toBe(403);
  expect(problemOf(reply)).toMatchObject({ code: "origin_forbidden" });
});

test("a request target that is no path is refused", async () => {
  const reply = await admit(aRequest({ method: "OPTIONS", path: "*" }), aCall);

  expect(reply.status).toBe(400);
  expect(problemOf(reply)).toMatchObject({ code: "path_malformed" });
});

test.each([
  ["of the longest length passes", 0, 200],
  ["one byte longer is refused", 1, 414],
])("a path and query %s", async (_, extraBytes, status) => {
  const path = `/${"a".repeat(1000)}`;
  const query = "b".repeat(URL_BYTES_MAX - path.length + extraBytes);

  const reply = await admit(aRequest({ path, query }), aCall);

  expect(reply.status).toBe(status);
});
