import type { SocketProtocol } from "../connection/connection.ts";
import type { ConnectionPage, EndedConnection } from "../connection/connection-ends.ts";
import type { Connections } from "../connection/connections.ts";
import type { PlacedConnection } from "../connection/stored-connection.ts";
import { inParallel } from "../in-parallel.ts";
import type { ChannelId } from "../message/channel.ts";
import type { ChannelMessage, MessageType } from "../message/message.ts";
import type { Clock } from "../ports/clock.ts";
import type { Push, PushOutcome } from "../ports/push.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Barred, Hearers } from "./hearers.ts";
import {
  type Batch,
  type FramedMessage,
  type Frames,
  fittingBatch,
  type Texts,
  type TextsOfAll,
  textsOf,
} from "./lane-batch.ts";
import type { LaneClaim, LaneClaims } from "./lane-claims.ts";
import {
  BARRED_CLOSE_CODE,
  CUTS_AT_ONCE,
  LANE_ATTEMPTS_MAX,
  LANE_BATCH_DELIVERIES_MAX,
  LANE_BATCH_MESSAGES_MAX,
  LANE_BATCHES_MAX,
  LANE_DELIVERIES_MAX,
  LANE_LEASE_LEFT_MS_MIN,
  LANE_LEASE_MS,
  LANE_RECENT_MESSAGES_MAX,
  LANE_RECENT_MS,
  LANE_SIZE_ASSUMED,
} from "./limits.ts";

export interface LaneLog {
  /** Messages after a number, in their order. `next` is set where more may follow: what to read on after. */
  read(
    tenantId: TenantId,
    range: { readonly channel: ChannelId; readonly after: number; readonly limit: number },
  ): Promise<{ readonly messages: readonly ChannelMessage[]; readonly next?: number }>;
}

export interface LaneRunParts {
  readonly claims: Pick<LaneClaims, "extend" | "release">;
  readonly log: LaneLog;
  readonly connections: Pick<Connections, "ofLane" | "endAll">;
  readonly hearers: Pick<Hearers, "among">;
  readonly push: Push;
  readonly frames: (message: ChannelMessage) => Frames;
  readonly clock: Clock;
  /** Told once for each message and page of connections that took it. Does not throw. Left out, nobody counts. */
  readonly sent?: (sent: SentMessage) => void;
}

/** A message that went out to some connections. */
export interface SentMessage {
  readonly type: MessageType;
  /** Of its frame. */
  readonly text: string;
  readonly connectionCount: number;
}

/** How far a lane is to come. Whoever wants it to come further raises it, as long as the run has not ended. */
export interface LaneGoal {
  upTo: number;
}

/** What one run has done. */
export interface LaneTally {
  messages: number;
  outcomes: Record<PushOutcome, number>;
  /** From the publishing of the oldest message that it sent to its sending. */
  lagMsMax: number;
}

export type LaneEnd =
  /** It has come as far as anybody wanted, or there is nothing more. */
  | { readonly end: "released"; readonly upTo: number }
  /** Another worker has it. */
  | { readonly end: "lost" }
  /** Its time or its share is used up, and it is let go: somebody else has to go on. */
  | { readonly end: "unfinished"; readonly from: number; readonly upTo: number };

/**
 * Brings a lane that it holds forward: reads the log from where the lane stood, and sends what it finds to those of the part
 * who hear the channel.
 *
 * The log is read before the connections are. So whoever is placed too late to be among them learns at their connecting of
 * a head that counts in what was read, and misses nothing unseen.
 *
 * Not promised: that a message is sent once, or that it is sent to each. A worker that was slow may send what another has
 * sent, and who is out of reach is not waited for; clients tell by the numbers.
 */
export class LaneRun {
  readonly #parts: LaneRunParts;
  readonly #claim: LaneClaim;
  readonly #deadlineEpochMs: number;
  readonly #gone = new Map<string, EndedConnection>();
  readonly #barred = new Map<string, Barred>();
  readonly #goal: LaneGoal;
  #leaseUntilMs: number;
  #deliveries = 0;
  /** Connections that it goes through, as far as it has seen them. */
  #size = LANE_SIZE_ASSUMED;
  readonly tally: LaneTally = {
    messages: 0,
    outcomes: { sent: 0, gone: 0, behind: 0, unreachable: 0 },
    lagMsMax: 0,
  };

  constructor(
    parts: LaneRunParts,
    claim: LaneClaim,
    given: { readonly goal: LaneGoal; readonly claimedAtMs: number; readonly deadlineEpochMs: number },
  ) {
    this.#parts = parts;
    this.#claim = claim;
    this.#goal = given.goal;
    this.#leaseUntilMs = given.claimedAtMs + LANE_LEASE_MS;
    this.#deadlineEpochMs = given.deadlineEpochMs;
  }

  /** @param from the first message that it was told of. */
  async run(from: number): Promise<LaneEnd> {
    try {
      return await this.#bringOn(this.#claim.delivered ?? (await this.#beginning(from)));
    } finally {
      await this.#cut();
      await this.#parts.connections.endAll(this.#claim.tenantId, [...this.#gone.values()]);
    }
  }

  /** Nothing is known of the lane: what was published lately may not have been sent either. */
  async #beginning(from: number): Promise<number> {
    const after = Math.max(0, from - 1 - LANE_RECENT_MESSAGES_MAX);
    const { tenantId, lane } = this.#claim;
    const range = { channel: lane.channel, after, limit: LANE_RECENT_MESSAGES_MAX };
    const { messages } = await this.#parts.log.read(tenantId, range);
    const sinceMs = this.#parts.clock.nowMs() - LANE_RECENT_MS;
    const first = messages.find(({ seq, publishedAtEpochMs }) => seq < from && publishedAtEpochMs >= sinceMs);
    return (first?.seq ?? from) - 1;
  }

  async #bringOn(begin: number): Promise<LaneEnd> {
    let delivered = begin;
    for (let batch = 1; batch <= LANE_BATCHES_MAX && !this.#isSpent(); batch++) {
      // What is wanted from here on may be stored after this reading of the log.
      const goalAtRead = this.#goal.upTo;
      const { messages, reached } = await this.#nextBatch(delivered);
      if (messages.length > 0 && !(await this.#sendToAll(messages, delivered))) return { end: "lost" };
      if (reached > delivered && reached < this.#goal.upTo) {
        delivered = reached;
        continue;
      }
      delivered = reached;
      // What was wanted and is not found is over by now.
      const upTo = Math.max(delivered, goalAtRead);
      const release = await this.#parts.claims.release(this.#claim, { delivered, upTo });
      if (release.outcome === "lost") return { end: "lost" };
      if (release.outcome === "released") return { end: "released", upTo };
      this.#goal.upTo = Math.max(this.#goal.upTo, release.wanted);
    }
    return this.#handBack(delivered);
  }

  /** As many as one push takes; the rest is read again. */
  async #nextBatch(after: number): Promise<Batch> {
    const room = Math.floor(LANE_BATCH_DELIVERIES_MAX / Math.max(1, this.#size));
    const limit = Math.max(1, Math.min(LANE_BATCH_MESSAGES_MAX, room));
    const { tenantId, lane } = this.#claim;
    const { messages, next } = await this.#parts.log.read(tenantId, { channel: lane.channel, after, limit });
    return fittingBatch({ messages, next, after }, this.#parts.frames);
  }

  /** Those that may not be there any more; whoever holds one may do it as well. */
  async #cut(): Promise<void> {
    const endedAtEpochMs = this.#parts.clock.nowMs();
    await inParallel([...this.#barred.values()], { parallelMax: CUTS_AT_ONCE }, async ({ connection, why }) => {
      await this.#parts.push.close(connection, { code: BARRED_CLOSE_CODE, reason: why });
      this.#gone.set(connection.connectionId, { ...connection, endedAtEpochMs });
    });
  }

  #isSpent(): boolean {
    return this.#deliveries >= LANE_DELIVERIES_MAX || this.#parts.clock.nowMs() >= this.#deadlineEpochMs;
  }

  /** False where another has the lane by now. */
  async #sendToAll(batch: readonly FramedMessage[], delivered: number): Promise<boolean> {
    const { tenantId, lane } = this.#claim;
    const texts = textsOf(batch);
    let size = 0;
    for await (const page of this.#parts.connections.ofLane(tenantId, lane)) {
      for (const one of page.over) this.#gone.set(one.connectionId, one);
      if (!(await this.#isHeld(delivered))) return false;
      await this.#sendToPage(page, texts);
      size += page.connections.length + page.silent.length;
    }
    this.#size = size;
    this.#count(batch, size);
    return true;
  }

  /** Those who are silent may be there: whether they are, the push finds out. */
  async #sendToPage({ connections, silent }: ConnectionPage, texts: TextsOfAll): Promise<void> {
    const { tenantId, lane } = this.#claim;
    const placed = silent.length === 0 ? connections : [...connections, ...silent];
    const { hearers, barred } = await this.#parts.hearers.among(tenantId, lane.channel, placed);
    for (const one of barred) this.#barred.set(one.connection.connectionId, one);
    await Promise.all([
      this.#send(hearers.filter(isOf("skein.v1")), texts["skein.v1"]),
      this.#send(hearers.filter(isOf("router")), texts.router),
    ]);
  }

  async #send(hearers: readonly PlacedConnection[], { texts, types }: Texts): Promise<void> {
    const to = this.#gone.size === 0 ? hearers : hearers.filter(({ connectionId }) => !this.#gone.has(connectionId));
    if (to.length === 0 || texts.length === 0) return;
    const outcomes = await this.#parts.push.send(to, texts);
    const endedAtEpochMs = this.#parts.clock.nowMs();
    const sentBefore = this.tally.outcomes.sent;
    for (const [index, outcome] of outcomes.entries()) {
      this.tally.outcomes[outcome]++;
      const one = to[index];
      if (outcome === "gone" && one !== undefined) this.#gone.set(one.connectionId, { ...one, endedAtEpochMs });
    }
    this.#deliveries += to.length * texts.length;
    this.#tellSent({ texts, types }, this.tally.outcomes.sent - sentBefore);
  }

  #tellSent({ texts, types }: Texts, connectionCount: number): void {
    const { sent } = this.#parts;
    if (sent === undefined || connectionCount === 0) return;
    for (const [index, text] of texts.entries()) {
      const type = types[index];
      if (type !== undefined) sent({ type, text, connectionCount });
    }
  }

  #count(batch: readonly FramedMessage[], size: number): void {
    this.tally.messages += batch.length;
    const first = batch[0];
    if (first === undefined || size === 0) return;
    const lagMs = this.#parts.clock.nowMs() - first.message.publishedAtEpochMs;
    this.tally.lagMsMax = Math.max(this.tally.lagMsMax, lagMs);
  }

  async #isHeld(delivered: number): Promise<boolean> {
    const { clock, claims } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#leaseUntilMs - nowMs >= LANE_LEASE_LEFT_MS_MIN) return true;
    if (!(await claims.extend(this.#claim, delivered))) return false;
    this.#leaseUntilMs = nowMs + LANE_LEASE_MS;
    return true;
  }

  /** For somebody else to go on with. What is wanted by now goes with it. */
  async #handBack(delivered: number): Promise<LaneEnd> {
    for (let attempt = 1; attempt <= LANE_ATTEMPTS_MAX; attempt++) {
      const upTo = Math.max(delivered + 1, this.#goal.upTo);
      const release = await this.#parts.claims.release(this.#claim, { delivered, upTo });
      if (release.outcome === "released") return { end: "unfinished", from: delivered + 1, upTo };
      if (release.outcome === "lost") return { end: "lost" };
      this.#goal.upTo = Math.max(this.#goal.upTo, release.wanted);
    }
    // Its lease ends by itself.
    return { end: "unfinished", from: delivered + 1, upTo: this.#goal.upTo };
  }
}

const isOf =
  (protocol: SocketProtocol) =>
  (connection: PlacedConnection): boolean =>
    connection.protocol === protocol;
