import type { SentMessage } from "../core/delivery/lane-run.ts";
import type { LaneRunEnded } from "../core/delivery/lanes.ts";
import { ANSWER_SECONDS, FRAME_BYTES, LAG_SECONDS } from "../core/metrics/bounds.ts";
import { Count } from "../core/metrics/count.ts";
import type { Distribution } from "../core/metrics/distribution.ts";
import type { Metrics, Readings } from "../core/metrics/metrics.ts";
import type { Series } from "../core/metrics/series.ts";
import type { QuestionTurn } from "../core/question/question-turn.ts";
import { utf8Bytes } from "../core/store/key-order.ts";
import type { SocketTurn } from "./socket-turn.ts";
import { frameType } from "./wire/server-frame.ts";

/** The sockets of a process, as they are when somebody looks. */
export interface HeldNumbers {
  readonly activeCount: number;
  /** Different people among those who have said who they are. */
  readonly peopleCount: number;
  readonly openedCount: number;
  readonly closedCount: number;
  readonly laggedCount: number;
  readonly refused: ReadonlyMap<string, number>;
}

const NONE: HeldNumbers = {
  ...{ activeCount: 0, peopleCount: 0, openedCount: 0, closedCount: 0, laggedCount: 0 },
  refused: new Map(),
};

/** Counts what people are asked and told, and what they say, under the Frontend Router's names. */
export class PeopleNumbers {
  readonly #messages: Series<Count>;
  readonly #sizes: Distribution;
  readonly #questions: Series<Count>;
  readonly #answerSeconds: Series<Distribution>;
  readonly #deliveries: Series<Count>;
  readonly #lagSeconds: Distribution;
  readonly #refusedOpenings: Count;
  readonly #connected: Count;
  #held: () => HeldNumbers = () => NONE;

  constructor(metrics: Metrics) {
    this.#messages = metrics.counter({
      name: "websocket_messages_total",
      help: "Frames that clients sent (inbound) and were sent (outbound).",
      labels: ["direction", "message_type"],
    });
    const size = { name: "websocket_message_size_bytes", help: "Of each frame, before compression." };
    this.#sizes = metrics.histogram(size, FRAME_BYTES).of([]);
    this.#questions = metrics.counter({
      name: "user_questions_total",
      help: "Questions that were asked (sent), and what became of them.",
      labels: ["status"],
    });
    this.#answerSeconds = metrics.histogram(
      { name: "user_response_time_seconds", help: "From the asking of a question to its end.", labels: ["status"] },
      ANSWER_SECONDS,
    );
    this.#deliveries = metrics.counter({
      name: "websocket_deliveries_total",
      help: "Pushes to connections, each of one message or of a few at once, by what came of them.",
      labels: ["outcome"],
    });
    const lag = {
      name: "websocket_delivery_lag_seconds",
      help: "From the publishing of the oldest message of a run of deliveries to the end of its sending.",
    };
    this.#lagSeconds = metrics.histogram(lag, LAG_SECONDS).of([]);
    this.#refusedOpenings = new Count();
    this.#connected = new Count();
    this.#readings(metrics);
  }

  /** @param held asked at each scrape from now on. */
  watch(held: () => HeldNumbers): void {
    this.#held = held;
  }

  readonly socketTurned = (turn: SocketTurn): void => {
    if (turn.event === "opening" && !turn.accepted) this.#refusedOpenings.add();
    if (turn.event !== "text") return;
    if (turn.isConnected) this.#connected.add();
    this.#messages.of([INBOUND, turn.type]).add();
    this.#sizes.observe(utf8Bytes(turn.text));
    for (const text of turn.texts) this.#outbound(frameType(text), text, 1);
  };

  readonly sent = ({ type, text, connectionCount }: SentMessage): void => this.#outbound(type, text, connectionCount);

  readonly laneEnded = ({ messages, outcomes, lagMsMax }: LaneRunEnded): void => {
    for (const [outcome, count] of Object.entries(outcomes)) this.#deliveries.of([outcome]).add(count);
    if (messages > 0 && outcomes.sent > 0) this.#lagSeconds.observe(lagMsMax / MS_PER_SECOND);
  };

  readonly questionTurned = ({ became, afterMs }: QuestionTurn): void => {
    this.#questions.of([became === "asked" ? "sent" : became]).add();
    if (became !== "asked") this.#answerSeconds.of([became]).observe(afterMs / MS_PER_SECOND);
  };

  #outbound(type: string, text: string, times: number): void {
    this.#messages.of([OUTBOUND, type]).add(times);
    this.#sizes.observe(utf8Bytes(text), times);
  }

  #readings(metrics: Metrics): void {
    const one = (of: (held: HeldNumbers) => number) => (): Readings => [["", of(this.#held())]];
    const gauge = (name: string, help: string, of: (held: HeldNumbers) => number): void =>
      metrics.read({ name, help, type: "gauge" }, one(of));
    gauge("websocket_connections_active", "WebSockets that this process holds.", (held) => held.activeCount);
    gauge("active_user_sessions", "People who are connected to this process.", (held) => held.peopleCount);
    const events = { name: "websocket_connections_total", type: "counter", label: "event" } as const;
    metrics.read({ ...events, help: "Of WebSockets: opened, connected by a frame that was let, closed." }, () => {
      const { openedCount, closedCount } = this.#held();
      return Object.entries({ opened: openedCount, connected: this.#connected.total, closed: closedCount });
    });
    const refusals = { name: "websocket_refusals_total", type: "counter", label: "reason" } as const;
    metrics.read({ ...refusals, help: "What was not let in, or not taken." }, () => [
      ["opening", this.#refusedOpenings.total],
      ...this.#held().refused,
    ]);
    const lagged = { name: "websocket_lagged_total", type: "counter" } as const;
    const help = "Times that a client was behind, and messages were left out for it.";
    metrics.read(
      { ...lagged, help },
      one(({ laggedCount }) => laggedCount),
    );
  }
}

const MS_PER_SECOND = 1_000;
const INBOUND = "inbound";
const OUTBOUND = "outbound";
