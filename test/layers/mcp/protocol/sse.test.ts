import fc from "fast-check";
import { expect, test } from "vitest";
import { notificationJson } from "../../../../layers/mcp/protocol/json-rpc.ts";
import { KEEP_ALIVE, messageEvent, primingEvent } from "../../../../layers/mcp/protocol/sse.ts";

/** The fields of one event (HTML, "Interpreting an event stream"); comments have none. */
function fieldsOf(event: string): readonly (readonly [string, string])[] {
  const lines = event.split(/\r\n|\r|\n/);
  expect(lines.splice(-2)).toEqual(["", ""]);
  return lines.flatMap((line) => {
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    return name === "" ? [] : [[name, value] as const];
  });
}

test("a message is one event of one line of data, whatever its texts hold", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = notificationJson("m", { text });

      expect(fieldsOf(messageEvent(json, "id-1"))).toEqual([
        ["event", "message"],
        ["id", "id-1"],
        ["data", json],
      ]);
    }),
  );
});

test("without an id there is no field for it, which would unset the client's", () => {
  expect(messageEvent("{}")).toBe("event: message\ndata: {}\n\n");
});

test("the priming event has an id, a time to come back after, and no data", () => {
  expect(fieldsOf(primingEvent("call.0", 300))).toEqual([
    ["id", "call.0"],
    ["retry", "300"],
    ["data", ""],
  ]);
});

test("a sign of life is a comment", () => {
  expect(fieldsOf(KEEP_ALIVE)).toEqual([]);
});
