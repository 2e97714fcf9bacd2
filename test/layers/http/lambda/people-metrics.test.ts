import { expect, test } from "vitest";
import type { LaneRunEnded } from "../../../../layers/core/delivery/lanes.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { peopleMetrics, type SocketTurned } from "../../../../layers/http/lambda/people-metrics.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const AT_EPOCH_MS = 1_795_000_000_000;
const lines = peopleMetrics({ service: "delivery", nowMs: () => AT_EPOCH_MS });
const tenantId = tenant("acme");
const everyone = channelOf({ kind: "everyone" }, sha256);
const run: LaneRunEnded = {
  ...{ tenantId, channel: everyone, shard: 3, end: "released", messages: 2, lagMsMax: 60 },
  outcomes: { sent: 5, gone: 1, behind: 2, unreachable: 3 },
};

const metricNames = (line: object): readonly string[] =>
  [...JSON.stringify(line).matchAll(/"Name":"(\w+)"/g)].map(([, name = ""]) => name);

test("a run's line keeps what it told and names each metric that it has a value for", () => {
  const line = lines.lane(run);

  expect(line).toMatchObject({ ...run, service: "delivery", atEpochMs: AT_EPOCH_MS });
  expect(line).toMatchObject({ Messages: 2, Deliveries: 5, Gone: 1, Behind: 2, Unreachable: 3, DeliveryLag: 60 });
  expect(line).toHaveProperty("_aws.Timestamp", AT_EPOCH_MS);
  expect(line).toHaveProperty("_aws.CloudWatchMetrics.0.Dimensions", [["service"]]);
  expect(metricNames(line)).toEqual(["Messages", "Deliveries", "Gone", "Behind", "Unreachable", "DeliveryLag"]);
  for (const name of metricNames(line)) expect(line).toHaveProperty(name, expect.any(Number));
});

test("a run that reached nobody has no lag", () => {
  const line = lines.lane({ ...run, outcomes: { ...run.outcomes, sent: 0 } });

  expect(metricNames(line)).not.toContain("DeliveryLag");
  expect(line).not.toHaveProperty("DeliveryLag");
});

test("a question is counted by what became of it, and timed once it is over", () => {
  const asked = lines.question({ tenantId, became: "asked", afterMs: 0 });
  const answered = lines.question({ tenantId, became: "answered", afterMs: 4_000 });

  expect(asked).toMatchObject({ became: "asked", Questions: 1 });
  expect(metricNames(asked)).toEqual(["Questions"]);
  expect(answered).toMatchObject({ became: "answered", Questions: 1, AnswerTime: 4_000 });
  expect(metricNames(answered)).toEqual(["Questions", "AnswerTime"]);
  expect(answered).toHaveProperty("_aws.CloudWatchMetrics.0.Dimensions", [["service", "became"]]);
});

test.each<[what: string, turn: SocketTurned | undefined, told: object]>([
  [
    "a frame that lets somebody in",
    { event: "text", type: "connect", texts: ["{}", "{}"], isConnected: true },
    { frameType: "connect", Received: 1, Answered: 2, Connected: 1, Refused: 0 },
  ],
  ["an opening that is refused", { event: "opening", accepted: false }, { Received: 0, Connected: 0, Refused: 1 }],
  ["an opening that is let", { event: "opening", accepted: true }, { Received: 0, Connected: 0, Refused: 0 }],
  ["an event that failed", undefined, { Received: 0, Answered: 0, Connected: 0, Refused: 0 }],
])("%s is counted as what it is, and no text of it is written down", (_what, turn, told) => {
  const line = lines.socket({ atEpochMs: 5, event: "message", status: 200 }, turn);

  expect(line).toMatchObject({ ...told, atEpochMs: 5, event: "message", status: 200 });
  expect(line).not.toHaveProperty("texts");
  for (const name of metricNames(line)) expect(line).toHaveProperty(name, expect.any(Number));
});

test("no tenant is a dimension: each would be billed", () => {
  for (const line of [lines.lane(run), lines.question({ tenantId, became: "asked", afterMs: 0 })]) {
    expect(line).toHaveProperty("tenantId", "acme");
    expect(JSON.stringify(line).match(/"Dimensions":\[\[[^\]]*\]/)?.[0]).not.toContain("tenant");
  }
});
