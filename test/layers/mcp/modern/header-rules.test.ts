import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../../../layers/core/http/http-message.ts";
import { makeCatalogue } from "../../../../layers/mcp/catalogue/catalogue.ts";
import { checkParamHeaders, checkStandardHeaders } from "../../../../layers/mcp/modern/header-rules.ts";
import type { Params } from "../../../../layers/mcp/protocol/json-rpc.ts";
import { defineTool } from "../../../../layers/mcp/toolkit/tool.ts";

type Headers = Readonly<Record<string, string | undefined>>;

const http = (headers: Headers): HttpRequest => ({
  method: "POST",
  path: "/mcp",
  query: "",
  headers,
  body: new Uint8Array(),
  remoteAddress: "127.0.0.1",
  tls: false,
});
const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString("base64")}?=`;

const VERSION = "2026-07-28";
const standard = (headers: Headers, request: { method?: string; params?: Params; version?: string } = {}) =>
  checkStandardHeaders(
    http({ "mcp-protocol-version": VERSION, "mcp-method": request.method ?? "tools/call", ...headers }),
    { kind: "request", id: 1, method: request.method ?? "tools/call", params: request.params ?? { name: "tool" } },
    request.version ?? VERSION,
  );
const mismatch = (why: string) => ({ code: -32020, status: 400, message: `Header mismatch: ${why}` });

describe("the standard headers", () => {
  test("repeat the body, with white space around them or not", () => {
    expect(standard({ "mcp-name": "tool" })).toBeUndefined();
    expect(
      standard({ "mcp-protocol-version": ` ${VERSION}\t`, "mcp-method": " tools/call ", "mcp-name": " tool " }),
    ).toBeUndefined();
  });

  test.each<[headers: Headers, why: string]>([
    [{ "mcp-protocol-version": undefined }, "MCP-Protocol-Version is missing"],
    [{ "mcp-protocol-version": "2025-11-25" }, "MCP-Protocol-Version is not the body's 2026-07-28"],
    [{ "mcp-method": undefined }, "Mcp-Method is missing"],
    [{ "mcp-method": "TOOLS/CALL" }, "Mcp-Method is not the body's tools/call"],
    [{ "mcp-method": "" }, "Mcp-Method is not the body's tools/call"],
    [{}, "Mcp-Name is missing"],
    [{ "mcp-name": "" }, "Mcp-Name is not the name in the body"],
    [{ "mcp-name": "Tool" }, "Mcp-Name is not the name in the body"],
    [{ "mcp-name": "töol" }, "Mcp-Name holds characters that a header may not"],
    [{ "mcp-name": "tool, tool" }, "Mcp-Name is not the name in the body"],
  ])("%j: %s", (headers, why) => {
    expect(standard(headers)).toEqual(mismatch(why));
  });

  test("of a revision that is not served name the one that is", () => {
    expect(standard({ "mcp-protocol-version": "2027-01-01" }, { version: "2027-01-01" })).toEqual({
      code: -32022,
      message: "Unsupported protocol version",
      data: { supported: [VERSION], requested: "2027-01-01" },
      status: 400,
    });
  });

  test("have no name for methods that name nothing, also where one is named like a member of every object", () => {
    for (const method of ["tools/list", "server/discover", "toString", "constructor", "__proto__"]) {
      expect(standard({}, { method, params: {} })).toBeUndefined();
    }
  });

  test.each(["tasks/get", "tasks/update", "tasks/cancel"])("name the task of %s by its id", (method) => {
    expect(standard({ "mcp-name": "job_1" }, { method, params: { taskId: "job_1" } })).toBeUndefined();
    expect(standard({ "mcp-name": "job_2" }, { method, params: { taskId: "job_1" } })).toEqual(
      mismatch("Mcp-Name is not the name in the body"),
    );
    expect(standard({}, { method, params: { taskId: "job_1" } })).toEqual(mismatch("Mcp-Name is missing"));
  });

  test("name a prompt by its name and a resource by its uri", () => {
    expect(standard({ "mcp-name": "p" }, { method: "prompts/get", params: { name: "p" } })).toBeUndefined();
    expect(
      standard({ "mcp-name": "r:1" }, { method: "resources/read", params: { uri: "r:1", name: "x" } }),
    ).toBeUndefined();
    expect(
      standard({ "mcp-name": "x" }, { method: "resources/read", params: { uri: "r:1", name: "x" } }),
    ).toMatchObject({
      code: -32020,
    });
  });

  test("can carry any name at all in base64", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(standard({ "mcp-name": base64(name) }, { params: { name } })).toBeUndefined();
      }),
    );
  });

  test.each([
    ["not base64", "=?base64?to*l?="],
    ["base64 without its padding", "=?base64?dG9vbA?="],
    ["base64url", `=?base64?${Buffer.from("?>?>?>").toString("base64url")}?=`],
    ["base64 of what is not UTF-8", "=?base64?/w==?="],
  ])("that claim to be base64 and are %s hold what a header may not", (_what, header) => {
    expect(standard({ "mcp-name": header })).toEqual(mismatch("Mcp-Name holds characters that a header may not"));
  });

  test("take the markers of base64 only as they are written in the specification", () => {
    for (const header of ["=?BASE64?dG9vbA==?=", "=?base64?dG9vbA==", "dG9vbA==?="]) {
      expect(standard({ "mcp-name": header })).toEqual(mismatch("Mcp-Name is not the name in the body"));
    }
  });
});

describe("an argument that is repeated in a header", () => {
  const tool = makeCatalogue([
    [
      defineTool({
        name: "tool",
        description: "",
        input: {
          type: "object",
          properties: {
            text: { type: "string", "x-mcp-header": "Text" },
            page: { type: "object", properties: { size: { type: "integer", "x-mcp-header": "Size" } } },
            dry: { type: "boolean", "x-mcp-header": "Dry" },
          },
        },
        run: () => "",
      }),
    ],
  ]).tools.get("tool");
  const check = (headers: Headers, args: unknown) =>
    tool === undefined ? "no tool" : checkParamHeaders(http(headers), tool, args);

  test("is the same in both", () => {
    expect(
      check(
        { "mcp-param-text": "a b", "mcp-param-size": "42", "mcp-param-dry": "true" },
        { text: "a b", page: { size: 42 }, dry: true },
      ),
    ).toBeUndefined();
  });

  test.each([
    [{}],
    [{ text: null, page: null, dry: null }],
    [{ page: {} }],
    [{ page: [5] }],
    [undefined],
    ["text"],
    [[]],
  ])("may be in neither: %j", (args) => {
    expect(check({}, args)).toBeUndefined();
  });

  test.each<[headers: Headers, args: object, why: string]>([
    [{}, { text: "a" }, "mcp-param-text is missing"],
    [{}, { text: "" }, "mcp-param-text is missing"],
    [{}, { page: { size: 0 } }, "mcp-param-size is missing"],
    [{}, { dry: false }, "mcp-param-dry is missing"],
    [{ "mcp-param-text": "a" }, {}, "mcp-param-text is given, but the argument is not"],
    [{ "mcp-param-text": "null" }, { text: null }, "mcp-param-text is given, but the argument is not"],
    [{ "mcp-param-text": "b" }, { text: "a" }, "mcp-param-text is not the argument in the body"],
    [{ "mcp-param-text": "A" }, { text: "a" }, "mcp-param-text is not the argument in the body"],
    [{ "mcp-param-text": "a" }, { text: ["a"] }, "mcp-param-text is not the argument in the body"],
    [{ "mcp-param-text": "a" }, { text: { toString: null } }, "mcp-param-text is not the argument in the body"],
    [{ "mcp-param-text": "ä" }, { text: "ä" }, "mcp-param-text holds characters that a header may not"],
    [{ "mcp-param-dry": "True" }, { dry: true }, "mcp-param-dry is not the argument in the body"],
    [{ "mcp-param-dry": "1" }, { dry: true }, "mcp-param-dry is not the argument in the body"],
  ])("%j of %j: %s", (headers, args, why) => {
    expect(check(headers, args)).toEqual(mismatch(why));
  });

  test("may be empty, padded, of several lines or of any script, in base64", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", " a ", "a\nb", "=?base64?x?=")),
        (text) => {
          expect(check({ "mcp-param-text": base64(text) }, { text })).toBeUndefined();
        },
      ),
    );
  });

  test.each(["42", "42.0", " 42 ", "4.2e1", base64("42")])("is the integer 42 written %j", (header) => {
    expect(check({ "mcp-param-size": header }, { page: { size: 42 } })).toBeUndefined();
  });

  test.each(["43", "42.5", "0x2a", "", " ", "42px", "Infinity", "NaN"])(
    "is not the integer 42 written %j",
    (header) => {
      expect(check({ "mcp-param-size": header }, { page: { size: 42 } })).toMatchObject({ code: -32020 });
    },
  );

  test("is not read from what an object inherits", () => {
    expect(check({ "mcp-param-size": "1" }, { page: Object.create({ size: 1 }) })).toMatchObject({ code: -32020 });
  });
});
