import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { dynamoTable } from "../../../layers/aws/dynamo-table.ts";
import { nowEpochSeconds } from "../../../layers/core/ports/clock.ts";
import type { Condition, ItemChange, Json, Table } from "../../../layers/core/ports/table.ts";
import { sqliteTable } from "../../../layers/local/sqlite-table.ts";
import { tableContract } from "../../contracts/table.contract.ts";
import { clientOf } from "../../fixtures/dynamo-client.ts";
import { localDynamo } from "../../fixtures/local-dynamo.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

async function emulated(clock: ManualClock = manualClock()) {
  const dynamo = await localDynamo();
  const client = clientOf(dynamo.settings);
  return {
    table: dynamoTable({ client, tableName: dynamo.tableName, clock }),
    clock,
    close: async () => {
      await client.close();
      await dynamo.close();
    },
  };
}

tableContract("DynamoDB", () => emulated());

const names = fc.constantFrom("a", "b", "c");
const scalars = fc.oneof(fc.constantFrom(0, 1, 2), fc.constantFrom("", "1", "x"), fc.boolean());
const values: fc.Arbitrary<Json> = fc.oneof(scalars, fc.constant(null), fc.array(scalars, { maxLength: 2 }));
const leaves: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant<Condition>({ if: "absent" }),
  fc.constant<Condition>({ if: "present" }),
  fc.record({ if: fc.constant("equals" as const), attribute: names, value: scalars }),
  fc.record({ if: fc.constant("below" as const), attribute: names, value: fc.nat(3) }),
  fc.record({ if: fc.constant("attribute_absent" as const), attribute: names }),
);
const groups = <T extends "all" | "any">(word: T, parts: fc.Arbitrary<Condition>) =>
  fc.record({ if: fc.constant(word), of: fc.array(parts, { maxLength: 3 }) });
const pairs = fc.oneof(leaves, groups("all", leaves), groups("any", leaves));
const conditions = fc.option(fc.oneof(pairs, groups("all", pairs), groups("any", pairs)), { nil: undefined });
const expiries = fc.option(fc.nat(6), { nil: undefined });
const steps = fc.oneof(
  fc.record({ do: fc.constant("put" as const), set: fc.dictionary(names, values), lives: expiries, if: conditions }),
  fc.record({ do: fc.constant("update" as const), set: values, add: fc.nat(3), remove: names, if: conditions }),
  fc.record({ do: fc.constant("delete" as const), if: conditions }),
  fc.record({ do: fc.constant("wait" as const), seconds: fc.nat(3) }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

test("whatever is written under whatever condition, DynamoDB and SQLite answer the same and hold the same", async () => {
  const { table: dynamo, clock, close } = await emulated();
  onTestFinished(close);
  const sqlite = await sqliteTable({ file: join(await testFolder(), "state.sqlite"), clock });
  onTestFinished(() => sqlite.close());
  let runs = 0;

  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 12 }), async (script) => {
      const pk = `RUN#${runs++}`;
      for (const step of script) {
        const [ours, theirs] = await Promise.all([sqlite, dynamo].map((table) => taken(step, table, pk, clock)));
        expect(theirs).toEqual(ours);
        if (step.do === "wait") clock.advance(step.seconds * 1000);
        expect(await dynamo.get({ pk, sk: "s" })).toEqual(await sqlite.get({ pk, sk: "s" }));
      }
    }),
    { numRuns: 150 },
  );
});

function taken(step: Step, table: Table, pk: string, clock: ManualClock): Promise<unknown> {
  const key = { pk, sk: "s" };
  if (step.do === "put") {
    const expires = step.lives === undefined ? {} : { expiresAtEpochSeconds: nowEpochSeconds(clock) + step.lives };
    return table.put({ ...step.set, ...expires, ...key }, step.if);
  }
  if (step.do === "update") {
    const { remove } = step;
    const change: ItemChange = { set: { d: step.set }, add: { n: step.add }, remove: [remove] };
    return table.update(key, change, step.if);
  }
  return step.do === "delete" ? table.delete(key, step.if) : Promise.resolve(undefined);
}

test("a table that is not there, and a DynamoDB that can't be reached, are faults of the store", async () => {
  const dynamo = await localDynamo();
  const client = clientOf(dynamo.settings);
  const nowhere = clientOf({ ...dynamo.settings, endpoint: "http://127.0.0.1:1" });
  onTestFinished(async () => {
    await Promise.all([client.close(), nowhere.close()]);
    await dynamo.close();
  });
  const clock = manualClock();
  const key = { pk: "p", sk: "s" };
  const fault = { code: "store_unavailable", store: "table" };

  for (const table of [
    dynamoTable({ client, tableName: "missing", clock }),
    dynamoTable({ client: nowhere, tableName: dynamo.tableName, clock }),
  ]) {
    await expect(table.get(key)).rejects.toMatchObject({ ...fault, operation: "get" });
    await expect(table.put(key)).rejects.toMatchObject({ ...fault, operation: "put" });
    await expect(table.update(key, {})).rejects.toMatchObject({ ...fault, operation: "update" });
    await expect(table.delete(key)).rejects.toMatchObject({ ...fault, operation: "delete" });
    await expect(table.query({ pk: "p", limit: 1 })).rejects.toMatchObject({ ...fault, operation: "query" });
  }
});
