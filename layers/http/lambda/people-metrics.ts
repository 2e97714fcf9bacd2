import type { LaneRunEnded } from "../../core/delivery/lanes.ts";
import type { QuestionTurn } from "../../core/question/question-turn.ts";

/**
 * Lines of what people are asked and told, as CloudWatch takes metrics from them: of all tenants together, by function.
 * Source: CloudWatch user guide, "Specification: Embedded metric format" (read 2026-11-21).
 */
export interface PeopleLines {
  /** Of a run that brought messages to those who are connected. */
  readonly lane: (run: LaneRunEnded) => object;
  /** Of what became of a question. */
  readonly question: (turn: QuestionTurn) => object;
  /** Of an event of a WebSocket, and of what its handler told of it; of an end, and of what failed, that is nothing. */
  readonly socket: (line: object, turn: SocketTurned | undefined) => object;
}

/** What of a handler's telling is written down: no text of anybody's. */
export interface SocketTurned {
  readonly event: "opening" | "text" | "closed";
  /** Of an opening, whether it was let. */
  readonly accepted?: boolean;
  /** Of a text, the type of its frame, what was answered, and whether it has become known by it who is there. */
  readonly type?: string;
  readonly texts?: readonly string[];
  readonly isConnected?: boolean;
}

export function peopleMetrics({
  service,
  nowMs,
}: {
  readonly service: string;
  readonly nowMs: () => number;
}): PeopleLines {
  const metered = (line: object, dimensions: readonly string[], metrics: readonly Metric[]): object => {
    const atEpochMs = nowMs();
    const CloudWatchMetrics = [{ Namespace: "Skein", Dimensions: [dimensions], Metrics: metrics }];
    return { atEpochMs, ...line, _aws: { Timestamp: atEpochMs, CloudWatchMetrics }, service };
  };
  return {
    lane: (run) => {
      const { sent, gone, behind, unreachable } = run.outcomes;
      const counted = {
        Messages: run.messages,
        Deliveries: sent,
        Gone: gone,
        Behind: behind,
        Unreachable: unreachable,
      };
      // Where nobody was sent anything there is no lag, and none of nothing either.
      if (sent === 0) return metered({ ...run, ...counted }, ["service"], LANE_METRICS);
      return metered({ ...run, ...counted, DeliveryLag: run.lagMsMax }, ["service"], [...LANE_METRICS, DELIVERY_LAG]);
    },
    question: (turn) => {
      const line = { ...turn, Questions: 1 };
      if (turn.became === "asked") return metered(line, ["service", "became"], QUESTION_METRICS);
      return metered({ ...line, AnswerTime: turn.afterMs }, ["service", "became"], [...QUESTION_METRICS, ANSWER_TIME]);
    },
    socket: (line, turn) => {
      const counted = {
        Received: turn?.event === "text" ? 1 : 0,
        Answered: turn?.texts?.length ?? 0,
        Connected: turn?.isConnected === true ? 1 : 0,
        Refused: turn?.accepted === false ? 1 : 0,
      };
      const frameType = turn?.type;
      return metered(
        { ...line, ...(frameType !== undefined && { frameType }), ...counted },
        ["service"],
        SOCKET_METRICS,
      );
    },
  };
}

interface Metric {
  readonly Name: string;
  readonly Unit: "Count" | "Milliseconds";
}

const LANE_METRICS: readonly Metric[] = [
  { Name: "Messages", Unit: "Count" },
  { Name: "Deliveries", Unit: "Count" },
  { Name: "Gone", Unit: "Count" },
  { Name: "Behind", Unit: "Count" },
  { Name: "Unreachable", Unit: "Count" },
];
const DELIVERY_LAG: Metric = { Name: "DeliveryLag", Unit: "Milliseconds" };
const SOCKET_METRICS: readonly Metric[] = [
  { Name: "Received", Unit: "Count" },
  { Name: "Answered", Unit: "Count" },
  { Name: "Connected", Unit: "Count" },
  { Name: "Refused", Unit: "Count" },
];
const QUESTION_METRICS: readonly Metric[] = [{ Name: "Questions", Unit: "Count" }];
const ANSWER_TIME: Metric = { Name: "AnswerTime", Unit: "Milliseconds" };
