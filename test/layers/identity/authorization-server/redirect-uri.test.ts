import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isRedirectUri,
  isSameRedirect,
  withAnswer,
} from "../../../../layers/identity/authorization-server/redirect-uri.ts";

describe("a code may be sent", () => {
  test.each([
    "https://app.example.com/callback",
    "https://app.example.com:8443/callback?tenant=1",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:7777/callback",
    "http://localhost:7777/",
    "http://[::1]:7777/callback",
  ])("to %s", (uri) => {
    expect(isRedirectUri(uri)).toBe(true);
  });

  test.each([
    "http://app.example.com/callback",
    "http://127.0.0.1.example.com/callback",
    "http://localhost.example.com/",
    "https://app.example.com/callback#part",
    "https://app.example.com/callback#",
    "https://user@app.example.com/callback",
    "https://user:word@127.0.0.1/callback",
    "cursor://anysphere/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "/callback",
    "",
    "https://",
  ])("but not to %s", (uri) => {
    expect(isRedirectUri(uri)).toBe(false);
  });

  test("to nothing that is no address, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isRedirectUri(text) && !/^https?:/i.test(text.trimStart())).toBe(false);
      }),
    );
  });
});

describe("an address is the one that was registered", () => {
  test.each([
    ["https://app.example.com/cb", "https://app.example.com/cb"],
    ["http://127.0.0.1/cb", "http://127.0.0.1:40001/cb"],
    ["http://127.0.0.1:1/cb?a=1", "http://127.0.0.1:2/cb?a=1"],
    ["http://localhost:1/", "http://localhost:2/"],
    ["http://[::1]/cb", "http://[::1]:9/cb"],
  ])("%s: %s", (registered, asked) => {
    expect(isSameRedirect(registered, asked)).toBe(true);
  });

  test.each([
    ["https://app.example.com/cb", "https://app.example.com/cb/"],
    ["https://app.example.com/cb", "https://app.example.com:8443/cb"],
    ["https://app.example.com/cb", "https://app.example.com/cb?more=1"],
    ["https://app.example.com/cb", "https://APP.example.com/cb"],
    ["http://127.0.0.1/cb", "http://127.0.0.1:1/other"],
    ["http://127.0.0.1/cb", "http://localhost/cb"],
    ["http://127.0.0.1/cb", "https://127.0.0.1/cb"],
    ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb#part"],
    ["http://127.0.0.1/cb", "http://user@127.0.0.1/cb"],
    ["https://localhost/cb", "https://localhost:8443/cb"],
    ["http://127.0.0.1/cb", "nothing"],
  ])("or not, %s: %s", (registered, asked) => {
    expect(isSameRedirect(registered, asked)).toBe(false);
  });
});

test("an answer is added to what the address has already, and what is unknown is left out", () => {
  expect(withAnswer("https://app.example.com/cb?tenant=1", { code: "a b&c", state: undefined, iss: "http://x" })).toBe(
    "https://app.example.com/cb?tenant=1&code=a+b%26c&iss=http%3A%2F%2Fx",
  );
});
