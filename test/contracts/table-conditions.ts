import { expect, test } from "vitest";
import type { Condition } from "../../layers/core/ports/table.ts";
import type { Subject } from "./table-subject.ts";

export function judgesConditions(subject: Subject): void {
  const stored = { n: 5, s: "text", yes: true, no: false, nil: null, list: [1], zero: 0, empty: "" };
  const holding: Condition[] = [
    { if: "present" },
    { if: "equals", attribute: "n", value: 5 },
    { if: "equals", attribute: "s", value: "text" },
    { if: "equals", attribute: "yes", value: true },
    { if: "equals", attribute: "no", value: false },
    { if: "equals", attribute: "zero", value: 0 },
    { if: "equals", attribute: "empty", value: "" },
    { if: "equals", attribute: "sk", value: "s" },
    { if: "below", attribute: "n", value: 6 },
    { if: "below", attribute: "zero", value: 0.5 },
    { if: "attribute_absent", attribute: "missing" },
    { if: "all", of: [] },
    { if: "all", of: [{ if: "present" }, { if: "below", attribute: "n", value: 5.5 }] },
    { if: "any", of: [{ if: "absent" }, { if: "equals", attribute: "n", value: 5 }] },
    { if: "any", of: [{ if: "all", of: [{ if: "present" }, { if: "any", of: [{ if: "present" }] }] }] },
  ];
  const failing: Condition[] = [
    { if: "absent" },
    { if: "equals", attribute: "n", value: "5" },
    { if: "equals", attribute: "n", value: 6 },
    { if: "equals", attribute: "s", value: "Text" },
    { if: "equals", attribute: "yes", value: false },
    { if: "equals", attribute: "nil", value: false },
    { if: "equals", attribute: "list", value: 1 },
    { if: "equals", attribute: "missing", value: "" },
    { if: "below", attribute: "n", value: 5 },
    { if: "below", attribute: "s", value: 9 },
    { if: "below", attribute: "missing", value: 9 },
    { if: "attribute_absent", attribute: "nil" },
    { if: "attribute_absent", attribute: "n" },
    { if: "any", of: [] },
    { if: "all", of: [{ if: "present" }, { if: "absent" }] },
    { if: "any", of: [{ if: "absent" }, { if: "equals", attribute: "n", value: 6 }] },
  ];

  test.each(holding.map((condition) => [JSON.stringify(condition), condition] as const))(
    "a write goes through where %s holds",
    async (_, condition) => {
      const { table, pk } = subject();
      const key = { pk, sk: "s" };
      await table.put({ ...key, ...stored });

      const updated = await table.update(key, { set: { mark: 1 } }, condition);
      const put = await table.put({ ...key, ...stored, mark: 2 }, condition);
      const deleted = await table.delete(key, condition);

      expect(updated).toEqual({ ok: true, value: { ...key, ...stored, mark: 1 } });
      expect(put).toMatchObject({ ok: true });
      expect(deleted).toMatchObject({ ok: true });
      expect(await table.get(key)).toBeUndefined();
    },
  );

  test.each(failing.map((condition) => [JSON.stringify(condition), condition] as const))(
    "a write where %s fails changes nothing and tells what is stored",
    async (_, condition) => {
      const { table, pk } = subject();
      const key = { pk, sk: "s" };
      await table.put({ ...key, ...stored });

      const answers = [
        await table.put({ ...key, mark: 1 }, condition),
        await table.update(key, { set: { mark: 1 } }, condition),
        await table.delete(key, condition),
      ];

      const problem = { reason: "condition_failed", current: { ...key, ...stored } };
      expect(answers).toEqual([1, 2, 3].map(() => ({ ok: false, problem })));
      expect(await table.get(key)).toEqual({ ...key, ...stored });
    },
  );

  test("where nothing is stored, absence holds, nothing equals, and the refusal tells of nothing", async () => {
    const { table, pk } = subject();
    const key = { pk, sk: "s" };
    const failed = { ok: false, problem: { reason: "condition_failed", current: undefined } };

    expect(await table.put(key, { if: "present" })).toEqual(failed);
    expect(await table.delete(key, { if: "present" })).toEqual(failed);
    expect(await table.update(key, {}, { if: "equals", attribute: "n", value: 1 })).toEqual(failed);
    expect(await table.update(key, {}, { if: "below", attribute: "n", value: 1 })).toEqual(failed);
    expect(await table.get(key)).toBeUndefined();
    expect(await table.delete(key, { if: "absent" })).toMatchObject({ ok: true });
    expect(await table.update(key, { add: { n: 1 } }, { if: "attribute_absent", attribute: "n" })).toMatchObject({
      ok: true,
    });
    expect(await table.put(key, { if: "absent" })).toMatchObject({ ok: false });
  });
}
