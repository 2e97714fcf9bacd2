import { Buffer } from "node:buffer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, socketDoor } from "../../fixtures/http-exchange.ts";
import { answerTo, type Fields, modernCall, modernRequest, textOf } from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 1 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

type Headers = Readonly<Record<string, string | undefined>>;

async function outcomeOf(method: string, params: Fields, headers: Headers): Promise<[number, number | undefined]> {
  const { status, reply } = await answerTo(door, modernRequest(method, params, { headers }));
  return [status, reply.error?.code];
}

const MISMATCH = [400, -32020];
const FINE = [200, undefined];

for (const [what, version] of [
  ["missing", undefined],
  ["another revision than the body's", "2025-11-25"],
  ["nonsense", "v9"],
  ["empty", ""],
] as const) {
  proves("header:version", what, async () => {
    expect(await outcomeOf("tools/list", {}, { "mcp-protocol-version": version })).toEqual(MISMATCH);
  });
}

proves("header:version-unknown", async () => {
  const requested = "2099-01-01";
  const { status, reply } = await answerTo(
    door,
    modernRequest(
      "tools/list",
      {},
      {
        headers: { "mcp-protocol-version": requested },
        meta: { "io.modelcontextprotocol/protocolVersion": requested },
      },
    ),
  );

  expect([status, reply.error?.code]).toEqual([400, -32022]);
  expect(reply.error?.data).toEqual({ supported: ["2026-07-28"], requested });
});

for (const [what, value] of [
  ["missing", undefined],
  ["another method", "prompts/list"],
  ["another case", "TOOLS/LIST"],
  ["encoded, which this header is not", `=?base64?${Buffer.from("tools/list").toString("base64")}?=`],
] as const) {
  proves("header:method", what, async () => {
    expect(await outcomeOf("tools/list", {}, { "mcp-method": value })).toEqual(MISMATCH);
  });
}

for (const [method, params] of [
  ["tools/call", { name: "test_simple_text", arguments: {} }],
  ["prompts/get", { name: "test_simple_prompt" }],
  ["resources/read", { uri: "test://static-text" }],
] as const) {
  for (const value of [undefined, "another", "TEST_SIMPLE_TEXT", ""]) {
    proves("header:name", `${method}, ${value === undefined ? "missing" : `"${value}"`}`, async () => {
      expect(await outcomeOf(method, params, { "mcp-name": value })).toEqual(MISMATCH);
    });
  }
}

proves("header:case", "names", async () => {
  const { headers, ...request } = modernCall("test_simple_text");
  const shouted = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));

  const { status } = await answerTo(door, { ...request, headers: shouted });

  expect(status).toBe(200);
});

proves("header:case", "spaces around a value are not part of it", async () => {
  const params = { name: "test_simple_text", arguments: {} };

  expect(await outcomeOf("tools/call", params, { "mcp-name": " \t test_simple_text \t" })).toEqual(FINE);
});

const encoded = (value: string): string => `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;

proves("header:base64", "Mcp-Name", async () => {
  const params = { name: "test_simple_text", arguments: {} };

  expect(await outcomeOf("tools/call", params, { "mcp-name": encoded("test_simple_text") })).toEqual(FINE);
  expect(await outcomeOf("tools/call", params, { "mcp-name": encoded("another") })).toEqual(MISMATCH);
});

for (const value of ["Hello, 世界", " padded ", "line1\nline2", "=?base64?literal?=", ""]) {
  proves("header:base64", `Mcp-Param of ${JSON.stringify(value)}`, async () => {
    const headers = { "mcp-param-region": encoded(value) };

    const answer = await answerTo(door, modernCall("test_custom_header", { region: value }, { headers }));

    expect(JSON.parse(textOf(answer))).toEqual({ region: value });
  });
}

/** RFC 4648 in its strict form: padded, of the standard alphabet; and UTF-8 within. */
for (const value of [
  "=?base64?SGVsbG8?=",
  "=?base64?SGVs!!!bG8=?=",
  "=?base64?SGVsbG8=",
  "=?BASE64?SGVsbG8=?=",
  "=?base64?/w==?=",
]) {
  proves("header:base64", `${value} is not "Hello"`, async () => {
    const params = { name: "test_custom_header", arguments: { region: "Hello" } };

    expect(await outcomeOf("tools/call", params, { "mcp-param-region": value })).toEqual(MISMATCH);
  });
}

proves("header:base64", "what only looks encoded is taken as it stands", async () => {
  for (const region of ["SGVsbG8=", "=?base64?SGVsbG8="]) {
    const params = { name: "test_custom_header", arguments: { region } };

    expect(await outcomeOf("tools/call", params, { "mcp-param-region": region })).toEqual(FINE);
  }
});

for (const [what, args, headers, expected] of [
  ["the same", { region: "eu" }, { "mcp-param-region": "eu" }, FINE],
  ["another value", { region: "eu" }, { "mcp-param-region": "us" }, MISMATCH],
  ["another case", { region: "eu" }, { "mcp-param-region": "EU" }, MISMATCH],
  ["no header", { region: "eu" }, {}, MISMATCH],
  ["no argument and no header", {}, {}, FINE],
  ["no argument", {}, { "mcp-param-region": "eu" }, MISMATCH],
  ["true", { dryRun: true }, { "mcp-param-dry-run": "true" }, FINE],
  ["true is not 1", { dryRun: true }, { "mcp-param-dry-run": "1" }, MISMATCH],
  ["an unmarked argument needs none", { note: "x" }, {}, FINE],
  ["an unknown Mcp-Param is none of our business", {}, { "mcp-param-colour": "blue" }, FINE],
] as const) {
  proves("header:param", what, async () => {
    const params = { name: "test_custom_header", arguments: args };

    expect(await outcomeOf("tools/call", params, headers)).toEqual(expected);
  });
}

proves("header:param", "an argument that is null wants no header", async () => {
  const params = { name: "test_custom_header", arguments: { region: null } };

  const [status, code] = await outcomeOf("tools/call", params, {});

  expect([status, code]).toEqual(FINE);
});

for (const [header, expected] of [
  ["42", FINE],
  ["42.0", FINE],
  ["4.2e1", FINE],
  ["43", MISMATCH],
  ["", MISMATCH],
  ["0x2a", MISMATCH],
  ["forty-two", MISMATCH],
] as const) {
  proves("header:param-integer", `"${header}" for 42`, async () => {
    const params = { name: "test_custom_header", arguments: { shard: 42 } };

    expect(await outcomeOf("tools/call", params, { "mcp-param-shard": header })).toEqual(expected);
  });
}

test("headers of this revision do not trouble a request that is not a call of that tool", async () => {
  expect(await outcomeOf("tools/list", {}, { "mcp-param-region": "eu", "mcp-name": "test_custom_header" })).toEqual(
    FINE,
  );
});
