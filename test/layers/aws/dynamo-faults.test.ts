import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, onTestFinished, test } from "vitest";
import { dynamoClient } from "../../../layers/aws/client.ts";
import { dynamoTable } from "../../../layers/aws/dynamo-table.ts";
import { ITEM_BYTES_MAX } from "../../../layers/core/ports/table.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { jsonRefusal, refusingService } from "../../fixtures/refusing-service.ts";

const key = { pk: "p", sk: "s" };
const TYPES = "com.amazonaws.dynamodb.v20120810#";

function mocked() {
  const mock = mockClient(DynamoDBClient);
  const client = dynamoClient({ region: "eu-west-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } });
  onTestFinished(async () => {
    mock.restore();
    await client.close();
  });
  return { mock, table: dynamoTable({ client, tableName: "state", clock: manualClock() }) };
}

/** An error that a service sends, under the name by which the SDK gives it. */
const named = (name: string, message = "no") =>
  new DynamoDBServiceException({ name, message, $fault: "client", $metadata: { httpStatusCode: 400 } });

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
    const { mock, table } = mocked();
    mock.rejects(named(name));
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
  const client = dynamoClient(service.settings);
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
  const client = dynamoClient(service.settings);
  onTestFinished(() => client.close());

  const put = dynamoTable({ client, tableName: "control", clock: manualClock() }).put(key, { if: "absent" });

  await expect(put).rejects.toMatchObject({ code: "store_unavailable", operation: "put" });
  expect(service.count()).toBe(attempts);
});

test("a condition that fails tells what was stored then, and what has expired is not told", async () => {
  const { mock, table } = mocked();
  const failed = (expiresAtEpochSeconds: string) =>
    new ConditionalCheckFailedException({
      message: "The conditional request failed",
      $metadata: {},
      Item: { pk: { S: "p" }, sk: { S: "s" }, expiresAtEpochSeconds: { N: expiresAtEpochSeconds } },
    });
  mock.on(PutItemCommand).rejectsOnce(failed("9999999999")).rejectsOnce(failed("1"));

  const refusals = [await table.put(key, { if: "absent" }), await table.put(key, { if: "absent" })];

  expect(refusals).toEqual([
    { ok: false, problem: { reason: "condition_failed", current: { ...key, expiresAtEpochSeconds: 9_999_999_999 } } },
    { ok: false, problem: { reason: "condition_failed", current: undefined } },
  ]);
});

test("an item too large is refused before it is sent, and one that a change would make too large when it is told so", async () => {
  const { mock, table } = mocked();
  mock
    .on(UpdateItemCommand)
    .rejects(named("ValidationException", "Item size to update has exceeded the maximum allowed size"))
    .on(GetItemCommand)
    .resolves({});

  const put = await table.put({ ...key, text: "x".repeat(ITEM_BYTES_MAX) });
  const sent = mock.calls().length;
  const update = await table.update(key, { set: { text: "x" } });

  const tooLarge = { reason: "item_too_large", bytesMax: ITEM_BYTES_MAX };
  expect(put).toMatchObject({ ok: false, problem: tooLarge });
  expect(sent).toBe(0);
  expect(update).toMatchObject({ ok: false, problem: { ...tooLarge, bytes: ITEM_BYTES_MAX + 1 } });
});

test("an update finds an expired item in its way so often and no more", async () => {
  const { mock, table } = mocked();
  const expired = { pk: { S: "p" }, sk: { S: "s" }, expiresAtEpochSeconds: { N: "1" } };
  const lost = new ConditionalCheckFailedException({ message: "no", $metadata: {}, Item: expired });
  mock.on(UpdateItemCommand).rejects(lost).on(PutItemCommand).rejects(lost);

  await expect(table.update(key, { add: { n: 1 } })).rejects.toMatchObject({ code: "store_unavailable" });

  expect(mock.commandCalls(UpdateItemCommand)).toHaveLength(4);
});

test("a page of expired items alone is empty and not the last", async () => {
  const { mock, table } = mocked();
  mock.on(QueryCommand).resolves({ Items: [], LastEvaluatedKey: { pk: { S: "p" }, sk: { S: "m" } } });

  expect(await table.query({ pk: "p", limit: 10 })).toEqual({ items: [], cursor: "m" });
});

test("an item that nobody here has written is a fault, not half an item", async () => {
  const { mock, table } = mocked();
  mock.resolves({ Item: { pk: { S: "p" }, sk: { S: "s" }, set: { SS: ["a"] } } });

  await expect(table.get(key)).rejects.toMatchObject({
    code: "store_unavailable",
    cause: expect.objectContaining({ code: "attribute_unreadable" }),
  });
});
