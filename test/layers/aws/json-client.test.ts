import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AwsSettings, CONNECT_TIMEOUT_MS } from "../../../layers/aws/client.ts";
import { type JsonClient, type JsonService, jsonClient } from "../../../layers/aws/json-client.ts";
import type { Clock } from "../../../layers/core/ports/clock.ts";
import { answeringService } from "../../fixtures/answering-service.ts";
import { deafService } from "../../fixtures/deaf-service.ts";
import { PATIENCE_MS } from "../../fixtures/patience.ts";
import { silentService } from "../../fixtures/silent-service.ts";

/** For answers that never come. */
const TIMEOUT_MS = 200;
const SERVICE: JsonService = {
  service: "dynamodb",
  target: "DynamoDB_20120810",
  jsonVersion: "1.0",
  connectionsMax: 64,
  timeoutMs: PATIENCE_MS,
  passing: new Set(["Throttled"]),
};
const NOW_MS = Date.UTC(2027, 0, 1);
const credentials = { accessKeyId: "id", secretAccessKey: "secret" };

interface ClientUnderTest {
  readonly client: JsonClient<"GetItem">;
  /** How long it waited between attempts. */
  readonly waitsMs: number[];
}

/** Its clock stands still, and of what chance may give it always gets half. */
function aClient(settings: AwsSettings, service: Partial<JsonService> = {}): ClientUnderTest {
  const waitsMs: number[] = [];
  const clock: Clock = { nowMs: () => NOW_MS, sleep: async (durationMs) => void waitsMs.push(durationMs) };
  const chance = { uuid: () => "7fffffff-0000-4000-8000-000000000000", token: () => "unused" };
  const client = jsonClient<"GetItem">({ ...SERVICE, ...service }, { ...settings, credentials, clock, chance });
  onTestFinished(() => client.close());
  return { client, waitsMs };
}

const answer = (response: ServerResponse, body: unknown = {}) => void response.end(JSON.stringify(body));
const refuse = (response: ServerResponse, type: string, date = new Date(NOW_MS).toUTCString()) =>
  void response.writeHead(400, { date }).end(JSON.stringify({ __type: `aws#${type}`, message: "no" }));

test("an operation is asked for in signed JSON 1.0, and its answer is what the service tells", async () => {
  const service = await answeringService((response) => answer(response, { Item: { pk: { S: "schlüssel" } } }));
  const { client } = aClient(service.settings);

  const answered = await client.call("GetItem", { TableName: "state" });

  expect(answered).toEqual({ Item: { pk: { S: "schlüssel" } } });
  expect(service.requests).toMatchObject([
    {
      body: '{"TableName":"state"}',
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.GetItem",
        "x-amz-date": "20270101T000000Z",
        authorization: expect.stringContaining(
          "Credential=id/20270101/eu-west-1/dynamodb/aws4_request, SignedHeaders=",
        ),
      },
    },
  ]);
});

test("calls one after the other use one connection", async () => {
  const service = await answeringService((response) => answer(response));
  const { client } = aClient(service.settings);

  await client.call("GetItem", {});
  await client.call("GetItem", {});

  expect(new Set(service.requests.map(({ socket }) => socket)).size).toBe(1);
});

describe("attempts", () => {
  test("come after waits with full jitter, the second of up to 100 ms", async () => {
    const service = await answeringService((response) => refuse(response, "Throttled"));
    const { client, waitsMs } = aClient(service.settings);

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ code: "service_refused", name: "Throttled" });

    expect(service.requests).toHaveLength(3);
    expect(waitsMs.map(Math.round)).toEqual([25, 50]);
  });

  test("are not made again for what would be refused again", async () => {
    const service = await answeringService((response) => refuse(response, "ValidationException"));
    const { client, waitsMs } = aClient(service.settings);

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ name: "ValidationException", message: "no" });

    expect([service.requests.length, waitsMs]).toEqual([1, []]);
  });

  test("are 35 more than calls while a service fails for all, and some again once it answers", async () => {
    let isFailing = true;
    const service = await answeringService((response) =>
      isFailing ? refuse(response, "Throttled") : answer(response),
    );
    const { client } = aClient(service.settings);
    const failing = async (calls: number): Promise<number> => {
      const before = service.requests.length;
      for (let call = 0; call < calls; call++) await client.call("GetItem", {}).catch(() => undefined);
      return service.requests.length - before;
    };

    const outage = await failing(40);
    isFailing = false;
    for (let call = 0; call < 28; call++) await client.call("GetItem", {});
    isFailing = true;
    const after = await failing(10);

    expect([outage, after]).toEqual([40 + 35, 10 + 2]);
  });
});

describe("a service that does not answer as it should", () => {
  test("and says nothing is asked no longer than its time, three times", async () => {
    const service = await silentService();
    const { client } = aClient(service.settings, { timeoutMs: TIMEOUT_MS });
    const startedMs = performance.now();

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ cause: { name: "TimeoutError" } });

    expect(service.connections()).toBe(3);
    expect(performance.now() - startedMs).toBeGreaterThan(3 * TIMEOUT_MS - 20);
  });

  test("and begins to answer without coming to an end is given up in the same time", async () => {
    const service = await answeringService((response) => void response.writeHead(200).write('{"Item":'));
    const { client } = aClient(service.settings, { timeoutMs: TIMEOUT_MS });

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ cause: { name: "TimeoutError" } });

    expect(service.requests).toHaveLength(3);
  });

  test("and takes no connections is left sooner than its time would let it", async () => {
    const { client } = aClient(await deafService(), { timeoutMs: 60_000 });
    const startedMs = performance.now();

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ code: "connection_late" });

    expect(performance.now() - startedMs).toBeGreaterThan(3 * CONNECT_TIMEOUT_MS - 50);
  });

  test("and answers in time, but only then, is heard", async () => {
    const service = await answeringService(async (response) => {
      await sleep(TIMEOUT_MS);
      answer(response, { late: true });
    });
    const { client } = aClient(service.settings);

    expect(await client.call("GetItem", {})).toEqual({ late: true });
  });

  test("and breaks off in the middle of an answer is asked again", async () => {
    const service = await answeringService((response, before, socket) => {
      if (before > 0) return answer(response, { whole: true });
      response.writeHead(200, { "content-length": "100" }).write('{"half":', () => socket.destroy());
    });
    const { client } = aClient(service.settings);

    expect(await client.call("GetItem", {})).toEqual({ whole: true });
  });
});

test("where kept connections have died unheard, the second attempt takes a new one", async () => {
  const kept = 5;
  const service = await answeringService(async (response, before, socket) => {
    const isReused = service.requests.slice(0, before).some((request) => request.socket === socket);
    if (isReused) return void socket.destroy();
    while (service.requests.length < kept) await sleep(1);
    answer(response);
  });
  const { client, waitsMs } = aClient(service.settings, { timeoutMs: 5_000 });
  await Promise.all(Array.from({ length: kept }, () => client.call("GetItem", {})));

  await client.call("GetItem", {});

  expect(waitsMs).toHaveLength(1);
  expect(service.requests).toHaveLength(kept + 2);
});

describe("a clock that is ten minutes behind the service's", () => {
  const date = new Date(NOW_MS + 10 * 60_000).toUTCString();

  test("is set right by its refusal, for this call and the next", async () => {
    const service = await answeringService((response, before) =>
      before === 0 ? refuse(response, "InvalidSignatureException", date) : answer(response),
    );
    const { client } = aClient(service.settings);

    await client.call("GetItem", {});
    await client.call("GetItem", {});

    expect(service.requests.map(({ headers }) => headers["x-amz-date"])).toEqual([
      "20270101T000000Z",
      "20270101T001000Z",
      "20270101T001000Z",
    ]);
  });

  test("does not keep a call alive that is refused for another reason", async () => {
    const service = await answeringService((response) => refuse(response, "AccessDeniedException", date));
    const { client } = aClient(service.settings);

    await expect(client.call("GetItem", {})).rejects.toMatchObject({ name: "AccessDeniedException" });

    expect(service.requests).toHaveLength(2);
  });
});
