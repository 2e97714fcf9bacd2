import { type Asked, Asks } from "./asks.ts";
import { Connector } from "./connector.ts";
import { FRAME_BYTES_MAX } from "./limits.ts";
import { frameOf, Outbox } from "./outbox.ts";
import type { PeopleParts, Unsent } from "./parts.ts";
import type { PeopleEvent, PeopleStatus } from "./people-event.ts";
import { Positions } from "./positions.ts";
import { ReadMarks } from "./read-marks.ts";
import { Resumer } from "./resumer.ts";
import type { ClientFrame, HistoryPage, Json, LogEntry, Presence, ServerFrame, ToldError, Welcome } from "./wire.ts";

export interface PeopleOptions {
  /** Channels with a name that are to be joined: `channel:deploys`. */
  readonly channels?: readonly string[];
  /** What an earlier client had not yet sent. */
  readonly unsent?: readonly Unsent[];
}

/**
 * Somebody at the other end of Skein: is asked, answers, writes and reads, over connections that it makes again as often
 * as need be.
 *
 * Promised, from the first connection on: each message of the channels that it hears is told once and in order, as long as
 * the server keeps it; an answer or a message that was given to it is sent until the server has acknowledged it, or said that
 * it never will. Not promised: that anything outlives this object, but for `unsent`, which its owner may keep.
 */
export class PeopleClient {
  readonly #parts: PeopleParts;
  readonly #listeners = new Set<(event: PeopleEvent) => void>();
  readonly #positions = new Positions();
  readonly #joined: Set<string>;
  /** What the last `connect` has said it has. */
  #resuming: Readonly<Record<string, number>> = {};
  readonly #connector: Connector;
  readonly #outbox: Outbox;
  #frameBytesMax = FRAME_BYTES_MAX;
  readonly #marks: ReadMarks;
  readonly #resumer: Resumer;
  readonly #histories: Asks<HistoryPage>;
  readonly #presences: Asks<Presence>;

  constructor(parts: PeopleParts, { channels = [], unsent = [] }: PeopleOptions = {}) {
    const { clock } = parts;
    const send = (frame: ClientFrame): boolean => this.#connector.send(frame);
    this.#parts = parts;
    this.#joined = new Set(channels);
    this.#outbox = new Outbox({ clock, send, changed: (left) => this.#tell({ kind: "unsent", unsent: left }) }, unsent);
    this.#marks = new ReadMarks(clock, send);
    this.#resumer = new Resumer(clock, this.#positions, send);
    this.#histories = new Asks(clock, send);
    this.#presences = new Asks(clock, send);
    this.#connector = new Connector(parts, {
      connecting: () => {
        this.#resuming = this.#positions.after();
        return { channels: [...this.#joined], after: this.#resuming };
      },
      connected: (welcome) => this.#connected(welcome),
      frame: (frame) => this.#frame(frame),
      status: (status) => this.#tell({ kind: "status", status }),
    });
  }

  get status(): PeopleStatus {
    return this.#connector.status;
  }

  get unsent(): readonly Unsent[] {
    return this.#outbox.unsent;
  }

  /** @returns what ends the listening. */
  listen(listener: (event: PeopleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to connect, or tries again where it was refused. */
  start(): void {
    this.#connector.start();
  }

  /** Ends the connection. What was not sent stays in `unsent`. */
  stop(): void {
    this.#connector.stop();
    for (const part of [this.#outbox, this.#marks, this.#resumer, this.#histories, this.#presences]) part.stop();
  }

  /** Something has changed: the network is there again, or gone, or somebody looks again. What that means, is found out. */
  wake(): void {
    this.#connector.wake();
  }

  /** What becomes of it is told as `answered`, or as `rejected`. */
  answer(requestId: string, answer: Json): void {
    this.#put({ kind: "answer", requestId, answer });
  }

  /**
   * @param to `everyone`, `role:<role>`, `member:<subject>`, `channel:<name>` or `connection:<id>`.
   * @returns the id under which `published`, or `rejected`, tells of it.
   */
  publish(to: string, body: Json): string {
    const id = this.#parts.chance.id();
    this.#put({ kind: "message", id, to, body });
    return id;
  }

  /** Takes up what an earlier client had not yet sent, where it becomes known only later that it is the same person. */
  adopt(unsent: readonly Unsent[]): void {
    for (const each of unsent) this.#put(each);
  }

  /** Somebody has read up to here. */
  read({ channel, seq }: { readonly channel: string; readonly seq: number }): void {
    this.#marks.read(channel, seq);
  }

  join(channel: string): void {
    this.#joined.add(channel);
    this.#connector.send({ type: "join", channel });
  }

  leave(channel: string): void {
    this.#joined.delete(channel);
    this.#positions.leave(channel);
    this.#connector.send({ type: "leave", channel });
  }

  history(asked: {
    readonly channel: string;
    readonly before?: number;
    readonly limit?: number;
  }): Promise<Asked<HistoryPage>> {
    return this.#histories.ask(asked.channel, { type: "history", ...asked });
  }

  presence(): Promise<Asked<Presence>> {
    return this.#presences.ask("", { type: "presence" });
  }

  #put(unsent: Unsent): void {
    if (this.#isTooLong(unsent)) this.#rejectTooLong(unsent);
    else if (!this.#outbox.put(unsent)) {
      this.#tell({ kind: "rejected", unsent, code: "too_many", message: "too many wait for a connection" });
    }
  }

  #isTooLong(unsent: Unsent): boolean {
    return new TextEncoder().encode(JSON.stringify(frameOf(unsent))).length > this.#frameBytesMax;
  }

  #rejectTooLong(unsent: Unsent): void {
    const message = `with all that belongs to it, it may have ${this.#frameBytesMax} bytes`;
    this.#tell({ kind: "rejected", unsent, code: "too_large", message });
  }

  #connected(welcome: Welcome): void {
    const { channels, connectionId, frameBytesMax = FRAME_BYTES_MAX } = welcome;
    this.#frameBytesMax = Math.min(FRAME_BYTES_MAX, frameBytesMax);
    // Such a frame would end each connection anew.
    for (const unsent of this.#outbox.leaveOut((each) => this.#isTooLong(each))) this.#rejectTooLong(unsent);
    this.#positions.leaveConnections(connectionId);
    for (const [channel, head] of channels) this.#positions.begin(channel, head);
    this.#resumer.stop();
    this.#resumer.expect(this.#resuming);
    this.#resumer.askMissing();
    // A channel that was joined while the frame was on its way.
    for (const channel of this.#joined) if (!channels.has(channel)) this.#connector.send({ type: "join", channel });
    this.#outbox.connected();
    this.#marks.flush();
    this.#histories.connected();
    this.#presences.connected();
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "message":
      case "ask_user":
      case "question_closed":
        this.#delivered(frame);
        break;
      case "open_question":
        this.#tell({ kind: "asked", question: frame.question });
        break;
      case "resumed":
        this.#resumer.resumed(frame.channels);
        break;
      case "lagged":
        this.#resumer.ask(this.#positions.channels);
        break;
      case "response_ack":
        this.#outbox.acknowledged("answer", frame.outcome.requestId);
        this.#tell({ kind: "answered", outcome: frame.outcome });
        break;
      case "published":
        this.#published(frame);
        break;
      case "joined":
        this.#positions.begin(frame.channel, frame.head);
        this.#resumer.askMissing();
        this.#tell({ kind: "joined", channel: frame.channel });
        break;
      case "left":
        this.#tell({ kind: "left", channel: frame.channel });
        break;
      case "history":
        this.#histories.answered(frame.page.channel, frame.page);
        break;
      case "presence":
        this.#presences.answered("", frame.presence);
        break;
      case "error":
        this.#error(frame.error);
        break;
      case "connect_ack":
      case "pong":
        break;
    }
  }

  #delivered(entry: LogEntry): void {
    const delivered = deliveredOf(entry);
    const taken = this.#positions.take(delivered);
    if (taken === "gap") this.#resumer.ask([delivered.channel]);
    if (taken !== "new") return;
    switch (entry.type) {
      case "message":
        this.#tell({ kind: "message", message: entry.message });
        break;
      case "ask_user":
        this.#tell({ kind: "asked", question: entry.question });
        break;
      case "question_closed":
        this.#tell({ kind: "closed", closed: entry.closed });
        break;
    }
  }

  #published({ ref, channel, seq }: Extract<ServerFrame, { readonly type: "published" }>): void {
    if (ref === undefined || this.#outbox.acknowledged("message", ref) === undefined) return;
    this.#tell({ kind: "published", ref, channel, seq });
  }

  #error(error: ToldError): void {
    const { code, message, of, ref = "" } = error;
    if (of === "resume") this.#resumer.retryLater(error.retryAfterMs);
    if (of === "history") this.#histories.refused(ref, error);
    if (of === "presence") this.#presences.refused("", error);
    if (of === undefined && error.retryAfterMs !== undefined) this.#outbox.slowDown(error.retryAfterMs);
    if (of === "join") this.#joined.delete(ref);
    const unsent = this.#outbox.refused(error);
    if (unsent !== undefined) this.#tell({ kind: "rejected", unsent, code, message });
    else this.#tell({ kind: "error", code, message });
  }

  #tell(event: PeopleEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function deliveredOf(entry: LogEntry) {
  switch (entry.type) {
    case "message":
      return entry.message;
    case "ask_user":
      return entry.question.delivered;
    case "question_closed":
      return entry.closed.delivered;
  }
}
