import { expect, test } from "vitest";
import { isTlsOrLoopback } from "../../../layers/identity/loopback.ts";

test.each([
  "https://login.example.com/keys",
  "https://127.0.0.1",
  "http://localhost:3000/keys",
  "http://127.0.0.1",
  "http://[::1]:8080",
])("what is asked over TLS or of this machine may be asked: %s", (url) => {
  expect(isTlsOrLoopback(new URL(url))).toBe(true);
});

test.each([
  "http://login.example.com/keys",
  "http://localhost.example.com",
  "http://127.0.0.1.example.com",
  "http://127.0.0.2",
  "ftp://localhost",
  "file:///etc/passwd",
])("what others could read or change on its way may not: %s", (url) => {
  expect(isTlsOrLoopback(new URL(url))).toBe(false);
});
