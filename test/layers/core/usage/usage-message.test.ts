import fc from "fast-check";
import { expect, test } from "vitest";
import { MESSAGE_BYTES_MAX } from "../../../../layers/core/ports/queue.ts";
import { HOURS_PER_MESSAGE_MAX } from "../../../../layers/core/usage/limits.ts";
import { NO_USAGE, USAGE_KINDS } from "../../../../layers/core/usage/usage-kind.ts";
import { readUsageMessage, UsageMessageMalformed, usageMessage } from "../../../../layers/core/usage/usage-message.ts";

const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const totals = fc.tuple(...USAGE_KINDS.map(() => amount)).map((amounts) => {
  const all = { ...NO_USAGE };
  for (const [index, kind] of USAGE_KINDS.entries()) all[kind] = amounts[index] ?? 0;
  return all;
});
const reading = fc.record({
  source: fc.stringMatching(/^[\w.-]{1,64}$/),
  epochHour: fc.integer({ min: 0, max: 1e7 }),
  seq: fc.integer({ min: 1, max: 1e9 }),
  totals,
});

test("what was written is read again, and fits into a message", () => {
  fc.assert(
    fc.property(fc.array(reading, { minLength: 1, maxLength: HOURS_PER_MESSAGE_MAX }), (readings) => {
      const body = usageMessage(readings);

      expect(readUsageMessage(body)).toEqual(readings);
      expect(body.length).toBeLessThan(MESSAGE_BYTES_MAX / 10);
    }),
  );
});

const good = { source: "p.0", epochHour: 1, seq: 1, totals: { calls: 1 } };

test.each([
  ["no JSON", "{"],
  ["nothing", "{}"],
  ["no reading", JSON.stringify({ readings: [] })],
  ["too many", JSON.stringify({ readings: Array.from({ length: HOURS_PER_MESSAGE_MAX + 1 }, () => good) })],
  ["a source that could end a key", JSON.stringify({ readings: [{ ...good, source: "a#b" }] })],
  ["an unknown kind", JSON.stringify({ readings: [{ ...good, totals: { cakes: 1 } }] })],
  ["less than nothing", JSON.stringify({ readings: [{ ...good, totals: { calls: -1 } }] })],
  ["a part of a call", JSON.stringify({ readings: [{ ...good, totals: { calls: 0.5 } }] })],
  ["no number", JSON.stringify({ readings: [{ ...good, seq: 0 }] })],
  ["a field more", JSON.stringify({ readings: [{ ...good, plan: "free" }] })],
])("a message with %s is malformed", (_name, body) => {
  expect(() => readUsageMessage(body)).toThrow(UsageMessageMalformed);
});
