import { describe, expect, onTestFinished, test } from "vitest";
import { ATTEMPTS_MAX, TABLE_TIMEOUT_MS } from "../../../layers/aws/client.ts";
import type { DynamoClient, DynamoOperation } from "../../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../../layers/aws/dynamo-table.ts";
import { type JsonMessage, ServiceRefused } from "../../../layers/aws/json-client.ts";
import { ITEM_BYTES_MAX } from "../../../layers/core/ports/table.ts";
import { clientOf } from "../../fixtures/dynamo-client.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { jsonRefusal, refusingService } from "../../fixtures/refusing-service.ts";
import { silentService } from "../../fixtures/silent-service.ts";

const key = { pk: "p", sk: "s" };
const TYPES = "com.amazonaws.dynamodb.v20120810#";

/** A service that answers as it is told, for what an emulator can't be made to do. */
function scripted(answer: (operation: DynamoOperation, calls: number) => JsonMessage) {
  const operations: DynamoOperation[] = [];
  const client: DynamoClient = {
    async call(operation) {
      operations.push(operation);
      return answer(operation, operations.length);
    },
    close: () => undefined,
  };
  return { operations, table: dynamoTable({ client, tableName: "state", clock: manualClock() }) };
}

const refusing = (error: ServiceRefused) => () => {
  throw error;
};
const named = (name: string, message = "no", told: JsonMessage = {}) =>
  new ServiceRefused(name, { message, told, mayPass: false });
const conditionFailed = (Item: JsonMessage) =>
  named("ConditionalCheckFailedException", "The conditional request failed", { Item });

describe("what DynamoDB refuses is a fault of the store, which keeps the reason", () => {
  test.each([
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "ReplicatedWriteConflictException",
    "TransactionConflictException",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "InternalServerError",
    "ValidationException",
  ])("%s", async (name) => {
    const { table } = scripted(refusing(named(name)));
    const fault = { code: "store_unavailable", store: "table", cause: expect.objectContaining({ name }) };

    await expect(table.get(key)).rejects.toMatchObject(fault);
    await expect(table.put(key)).rejects.toMatchObject(fault);
    await expect(table.update(key, { add: { n: 1 } })).rejects.toMatchObject(fault);
    await expect(table.delete(key)).rejects.toMatchObject(fault);
    await expect(table.query({ pk: "p", limit: 1 })).rejects.toMatchObject(fault);
  });
});

test("a request that is throttled twice is sent a third time, and then answered", async () => {
  const throttled = jsonRefusal(`${TYPES}ProvisionedThroughputExceededException`, "slow down");
  const item = { pk: { S: "p" }, sk: { S: "s" }, n: { N: "1" } };
  const service = await refusingService([throttled, throttled, { status: 200, body: JSON.stringify({ Item: item }) }]);
  const client = clientOf(service.settings);
  onTestFinished(() => client.close());

  const found = await dynamoTable({ client, tableName: "state", clock: manualClock() }).get(key);

  expect(found).toEqual({ ...key, n: 1 });
  expect(service.count()).toBe(3);
});

test.each([
  ["another region writes the same item", jsonRefusal(`${TYPES}ReplicatedWriteConflictException`, "conflict"), 3],
  ["the service fails", jsonRefusal(`${TYPES}InternalServerError`, "sorry", { status: 500 }), 3],
  ["the credentials have expired", jsonRefusal("com.amazon.coral.service#ExpiredTokenException", "expired"), 1],
])("while %s, a write is tried so often and no more, and is a fault then", async (_, refusal, attempts) => {
  const service = await refusingService([refusal]);
  const client = clientOf(service.settings);
  onTestFinished(() => client.close());

  const put = dynamoTable({ client, tableName: "control", clock: manualClock() }).put(key, { if: "absent" });

  await expect(put).rejects.toMatchObject({ code: "store_unavailable", operation: "put" });
  expect(service.count()).toBe(attempts);
});

test("a condition that fails tells what was stored then, and what has expired is not told", async () => {
  const stored = (expiresAtEpochSeconds: string) =>
    conditionFailed({ pk: { S: "p" }, sk: { S: "s" }, expiresAtEpochSeconds: { N: expiresAtEpochSeconds } });
  const { table } = scripted((_operation, calls) => refusing(stored(calls === 1 ? "9999999999" : "1"))());

  const refusals = [await table.put(key, { if: "absent" }), await table.put(key, { if: "absent" })];

  expect(refusals).toEqual([
    { ok: false, problem: { reason: "condition_failed", current: { ...key, expiresAtEpochSeconds: 9_999_999_999 } } },
    { ok: false, problem: { reason: "condition_failed", current: undefined } },
  ]);
});

test("an item too large is refused before it is sent, and one that a change would make too large when it is told so", async () => {
  const exceeded = named("ValidationException", "Item size to update has exceeded the maximum allowed size");
  const { operations, table } = scripted((operation) => (operation === "UpdateItem" ? refusing(exceeded)() : {}));

  const put = await table.put({ ...key, text: "x".repeat(ITEM_BYTES_MAX) });
  const sent = operations.length;
  const update = await table.update(key, { set: { text: "x" } });

  const tooLarge = { reason: "item_too_large", bytesMax: ITEM_BYTES_MAX };
  expect(put).toMatchObject({ ok: false, problem: tooLarge });
  expect(sent).toBe(0);
  expect(update).toMatchObject({ ok: false, problem: { ...tooLarge, bytes: ITEM_BYTES_MAX + 1 } });
});

test("an update finds an expired item in its way so often and no more", async () => {
  const expired = { pk: { S: "p" }, sk: { S: "s" }, expiresAtEpochSeconds: { N: "1" } };
  const { operations, table } = scripted(refusing(conditionFailed(expired)));

  await expect(table.update(key, { add: { n: 1 } })).rejects.toMatchObject({ code: "store_unavailable" });

  expect(operations.filter((operation) => operation === "UpdateItem")).toHaveLength(4);
});

test("a page of expired items alone is empty and not the last", async () => {
  const { table } = scripted(() => ({ Items: [], LastEvaluatedKey: { pk: { S: "p" }, sk: { S: "m" } } }));

  expect(await table.query({ pk: "p", limit: 10 })).toEqual({ items: [], cursor: "m" });
});

test("an item that nobody here has written is a fault, not half an item", async () => {
  const { table } = scripted(() => ({ Item: { pk: { S: "p" }, sk: { S: "s" }, set: { SS: ["a"] } } }));

  await expect(table.get(key)).rejects.toMatchObject({
    code: "store_unavailable",
    cause: expect.objectContaining({ code: "attribute_unreadable" }),
  });
});

describe("a service that does not answer as it should", () => {
  test("is asked no longer than three seconds at a time", async () => {
    const service = await silentService();
    const client = clientOf(service.settings);
    onTestFinished(() => client.close());
    const startedMs = performance.now();

    const got = dynamoTable({ client, tableName: "state", clock: manualClock() }).get(key);

    await expect(got).rejects.toMatchObject({ code: "store_unavailable" });
    expect(service.connections()).toBe(ATTEMPTS_MAX);
    expect(performance.now() - startedMs).toBeGreaterThan(ATTEMPTS_MAX * TABLE_TIMEOUT_MS - 100);
  });

  test.each([
    ["in HTML", { status: 502, body: "<html>Bad Gateway</html>" }, 3],
    ["in HTML that it is wrong", { status: 403, body: "<html>Forbidden</html>" }, 1],
    ["with no JSON", { status: 200, body: "" }, 1],
  ])("%s is a fault of the store", async (_how, answer, attempts) => {
    const service = await refusingService([answer]);
    const client = clientOf(service.settings);
    onTestFinished(() => client.close());

    const got = dynamoTable({ client, tableName: "state", clock: manualClock() }).get(key);

    await expect(got).rejects.toMatchObject({ code: "store_unavailable" });
    expect(service.count()).toBe(attempts);
  });

  test("at an address where nobody is, is a fault of the store", async () => {
    const client = clientOf({ region: "eu-west-1", endpoint: "http://127.0.0.1:1" });
    onTestFinished(() => client.close());

    const got = dynamoTable({ client, tableName: "state", clock: manualClock() }).get(key);

    await expect(got).rejects.toMatchObject({ cause: expect.objectContaining({ code: "ECONNREFUSED" }) });
  });
});
