import type { Clock } from "../ports/clock.ts";
import type { Message, Queue } from "../ports/queue.ts";
import type { Table } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { Hearers } from "./hearers.ts";
import { LaneClaims } from "./lane-claims.ts";
import { type LaneMessage, parseLaneMessage, sendToLanes } from "./lane-message.ts";
import { type LaneEnd, type LaneGoal, LaneRun, type LaneRunParts, type LaneTally } from "./lane-run.ts";
import { LANE_ATTEMPTS_MAX, LANE_CONTENDED_SECONDS } from "./limits.ts";

/** What becomes of a message. */
export type LaneTaking =
  /** It has nothing more to say: complete it. */
  | { readonly message: "complete" }
  /** It is to come again, so long from now: extend it. */
  | { readonly message: "later"; readonly afterSeconds: number };

const COMPLETE: LaneTaking = { message: "complete" };
const LATER: LaneTaking = { message: "later", afterSeconds: LANE_CONTENDED_SECONDS };

/** What a run is told of. */
export interface LaneRunEnded extends Readonly<LaneTally>, Pick<LaneMessage, "channel" | "shard"> {
  readonly tenantId: TenantId;
  readonly end: LaneEnd["end"];
}

export interface LanesDeps extends Omit<LaneRunParts, "claims" | "hearers"> {
  readonly table: Table;
  readonly clock: Clock;
  readonly hearers: Hearers;
  /** Where messages about lanes go: what a run leaves over is sent there. */
  readonly queue: Pick<Queue, "send">;
  /** Does not throw. */
  readonly runEnded: (run: LaneRunEnded) => void;
  /** Told of messages that can't be read. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** A message that nobody here has sent. It is thrown away. */
export class LaneMessageMalformed extends Error {
  readonly code = "lane_message_malformed";
  constructor() {
    super("a message in a queue of lanes names no lane");
    this.name = "LaneMessageMalformed";
  }
}

/**
 * Brings what is stored to those who are connected, a lane for each message that it is given; as many at a time as its caller
 * takes.
 *
 * A message says only that there may be something new. The worker that has the lane brings all there is; so a message that
 * comes twice, late or out of order sends nothing anew, and one that is lost is made good for by the next. Messages about one
 * lane that one process is given at once share a run, and each is done when that is.
 *
 * Of a tenant that is not active nothing is delivered.
 */
export class Lanes {
  readonly #deps: LanesDeps;
  readonly #claims: LaneClaims;
  readonly #turns = new Map<string, Turn>();

  constructor(deps: LanesDeps) {
    this.#deps = deps;
    this.#claims = new LaneClaims(deps);
  }

  /**
   * @param bounds.deadlineEpochMs from when on nothing more is begun.
   * @throws {StoreFault} when a store fails: let the message come again.
   */
  async take(
    { tenantId, body }: Pick<Message, "tenantId" | "body">,
    bounds: { readonly deadlineEpochMs: number },
  ): Promise<LaneTaking> {
    const message = parseLaneMessage(body);
    if (message === undefined) {
      this.#deps.report(new LaneMessageMalformed());
      return COMPLETE;
    }
    if (!(await this.#deps.hearers.isActive(tenantId))) return COMPLETE;
    const name = `${tenantId} ${message.channel} ${message.shard}`;
    for (let attempt = 1; attempt <= LANE_ATTEMPTS_MAX; attempt++) {
      const running = this.#turns.get(name);
      const turn = running ?? this.#begin(name, { tenantId, message, ...bounds });
      turn.goal.upTo = Math.max(turn.goal.upTo, message.upTo);
      const { taking, upTo } = await turn.end;
      if (taking.message === "later" || upTo >= message.upTo) return taking;
    }
    return LATER;
  }

  #begin(name: string, task: LaneTask): Turn {
    const goal = { upTo: task.message.upTo };
    const end = this.#turn(task, goal).finally(() => this.#turns.delete(name));
    const turn = { goal, end };
    this.#turns.set(name, turn);
    return turn;
  }

  async #turn({ tenantId, message, deadlineEpochMs }: LaneTask, goal: LaneGoal): Promise<TurnEnd> {
    const claimedAtMs = this.#deps.clock.nowMs();
    const { upTo } = goal;
    const claiming = await this.#claims.claim(tenantId, message, upTo);
    if (claiming.outcome === "contended") return { taking: LATER, upTo };
    if (claiming.outcome !== "claimed") return { taking: COMPLETE, upTo };
    const run = new LaneRun({ ...this.#deps, claims: this.#claims }, claiming.claim, {
      ...{ goal, claimedAtMs, deadlineEpochMs },
    });
    const end = await run.run(message.from);
    const { channel, shard } = message;
    this.#deps.runEnded({ tenantId, channel, shard, end: end.end, ...run.tally });
    return this.#settled(tenantId, message, end);
  }

  /** Where another worker has it, this message comes again and finds out how far that one came. */
  async #settled(tenantId: TenantId, { channel, shard, upTo }: LaneMessage, end: LaneEnd): Promise<TurnEnd> {
    if (end.end === "released") return { taking: COMPLETE, upTo: end.upTo };
    if (end.end === "lost") return { taking: LATER, upTo };
    await sendToLanes(this.#deps.queue, tenantId, { channel, shards: [shard], from: end.from, upTo: end.upTo });
    return { taking: COMPLETE, upTo: end.upTo };
  }
}

interface LaneTask {
  readonly tenantId: TenantId;
  readonly message: LaneMessage;
  readonly deadlineEpochMs: number;
}

interface TurnEnd {
  readonly taking: LaneTaking;
  /** So far it holds, what becomes of the messages. */
  readonly upTo: number;
}

/** A lane that this process is at. */
interface Turn {
  readonly goal: LaneGoal;
  readonly end: Promise<TurnEnd>;
}
