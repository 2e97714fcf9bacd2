import { expect, test } from "vitest";
import { requestIds } from "../../../layers/local/request-ids.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

function idsOf(...processes: readonly (() => string)[]): readonly string[] {
  return processes.flatMap((newId) => Array.from({ length: 100 }, newId));
}

test("no two calls have the same id: in one process, in two, or in two that had the same number one after the other", () => {
  const clock = manualClock();
  const [one, other] = [requestIds(clock, 1), requestIds(clock, 2)];
  clock.advance(1);
  const later = requestIds(clock, 1);

  const ids = idsOf(one, other, later);

  expect(new Set(ids).size).toBe(300);
});

test("an id is short and needs no quoting in a header, a line or a shell", () => {
  const [id] = idsOf(requestIds(manualClock(), 4_194_304));

  expect(id).toMatch(/^[a-z0-9-]{10,30}$/);
});
