import { describe, expect, test } from "vitest";
import type { LaneRunEnded } from "../../../layers/core/delivery/lanes.ts";
import { channelOf } from "../../../layers/core/message/channel.ts";
import { Metrics } from "../../../layers/core/metrics/metrics.ts";
import type { QuestionTurn } from "../../../layers/core/question/question-turn.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { PeopleNumbers } from "../../../layers/people/people-numbers.ts";
import { pong } from "../../../layers/people/wire/server-frame.ts";
import { tenant } from "../../fixtures/tenants.ts";

const tenantId = tenant("acme");
const everyone = channelOf({ kind: "everyone" }, sha256);

function counting() {
  const metrics = new Metrics();
  const numbers = new PeopleNumbers(metrics);
  return { numbers, lines: () => metrics.exposition().split("\n") };
}

const run = (given: Partial<LaneRunEnded> = {}): LaneRunEnded => ({
  ...{ tenantId, channel: everyone, shard: 0, end: "released", messages: 2, lagMsMax: 60 },
  outcomes: { sent: 3, gone: 1, behind: 0, unreachable: 0 },
  ...given,
});

describe("what is counted of people", () => {
  test("is each frame by its type and way, and how large it was", () => {
    const { numbers, lines } = counting();
    const text = '{"type":"ping"}';

    numbers.socketTurned({ event: "text", type: "ping", text, texts: [pong(1)], isConnected: false });
    numbers.sent({ type: "message", text: "é".repeat(40), connectionCount: 1_000 });

    expect(lines()).toEqual(
      expect.arrayContaining([
        'websocket_messages_total{direction="inbound",message_type="ping"} 1',
        'websocket_messages_total{direction="outbound",message_type="pong"} 1',
        'websocket_messages_total{direction="outbound",message_type="message"} 1000',
        'websocket_message_size_bytes_bucket{le="64"} 2',
        'websocket_message_size_bytes_bucket{le="256"} 1002',
        `websocket_message_size_bytes_sum ${80 * 1_000 + text.length + pong(1).length}`,
      ]),
    );
  });

  test("is who opened a socket, who was let, and who was not", () => {
    const { numbers, lines } = counting();
    const held = { activeCount: 3, peopleCount: 2, openedCount: 5, closedCount: 2, laggedCount: 4 };
    numbers.watch(() => ({ ...held, refused: new Map([["flood", 7]]) }));

    numbers.socketTurned({ event: "opening", accepted: true });
    numbers.socketTurned({ event: "opening", accepted: false });
    numbers.socketTurned({ event: "text", type: "connect", text: "{}", texts: [], isConnected: true });

    expect(lines()).toEqual(
      expect.arrayContaining([
        "websocket_connections_active 3",
        "active_user_sessions 2",
        'websocket_connections_total{event="opened"} 5',
        'websocket_connections_total{event="connected"} 1',
        'websocket_connections_total{event="closed"} 2',
        'websocket_refusals_total{reason="opening"} 1',
        'websocket_refusals_total{reason="flood"} 7',
        "websocket_lagged_total 4",
      ]),
    );
  });

  test("is nothing before the first socket, and each name all the same", () => {
    const { lines } = counting();

    expect(lines()).toContain("websocket_connections_active 0");
    expect(lines()).toContain("active_user_sessions 0");
    expect(lines()).toContain("# TYPE user_response_time_seconds histogram");
  });

  test("is what came of deliveries, and how late they were", () => {
    const { numbers, lines } = counting();

    numbers.laneEnded(run());
    numbers.laneEnded(run({ outcomes: { sent: 0, gone: 2, behind: 0, unreachable: 0 }, lagMsMax: 9_000 }));

    expect(lines()).toEqual(
      expect.arrayContaining([
        'websocket_deliveries_total{outcome="sent"} 3',
        'websocket_deliveries_total{outcome="gone"} 3',
        'websocket_delivery_lag_seconds_bucket{le="0.05"} 0',
        'websocket_delivery_lag_seconds_bucket{le="0.1"} 1',
        "websocket_delivery_lag_seconds_count 1",
      ]),
    );
  });

  test.each<[QuestionTurn["became"], status: string]>([
    ["answered", "answered"],
    ["withdrawn", "withdrawn"],
    ["expired", "expired"],
  ])("is that a question was asked, that it was %s, and after how many seconds", (became, status) => {
    const { numbers, lines } = counting();

    numbers.questionTurned({ tenantId, became: "asked", afterMs: 0 });
    numbers.questionTurned({ tenantId, became, afterMs: 12_000 });

    expect(lines()).toEqual(
      expect.arrayContaining([
        'user_questions_total{status="sent"} 1',
        `user_questions_total{status="${status}"} 1`,
        `user_response_time_seconds_bucket{status="${status}",le="5"} 0`,
        `user_response_time_seconds_bucket{status="${status}",le="15"} 1`,
        `user_response_time_seconds_sum{status="${status}"} 12`,
      ]),
    );
    expect(lines().filter((line) => line.includes('seconds_count{status="sent"'))).toEqual([]);
  });
});
