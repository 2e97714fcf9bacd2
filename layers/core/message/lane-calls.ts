import { sendToLanes } from "../delivery/lane-message.ts";
import type { Queue } from "../ports/queue.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { ChannelId } from "./channel.ts";

/** In which parts of a tenant's connections somebody may hear a channel. */
export interface LanesOf {
  shardsFor(tenantId: TenantId, channel: ChannelId): Promise<readonly number[]>;
}

export interface LaneCallDeps {
  readonly lanes: LanesOf;
  readonly queue: Pick<Queue, "send">;
  /** Told of calls that did not go out. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** Numbers of messages that were stored. */
export interface StoredRange {
  readonly from: number;
  readonly upTo: number;
}

interface WaitingCall {
  range: StoredRange;
  readonly sent: Promise<boolean>;
}

/**
 * Calls the workers to the lanes of a channel. While a call of a channel is on its way, what is stored in it meanwhile is told
 * of by one call after it.
 */
export class LaneCalls {
  readonly #deps: LaneCallDeps;
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #waiting = new Map<string, WaitingCall>();

  constructor(deps: LaneCallDeps) {
    this.#deps = deps;
  }

  /** @returns whether the queue has taken it. Never rejects: the messages are stored, and the next call tells of them too. */
  call(tenantId: TenantId, channel: ChannelId, range: StoredRange): Promise<boolean> {
    const name = `${tenantId} ${channel}`;
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      const { from, upTo } = waiting.range;
      waiting.range = { from: Math.min(from, range.from), upTo: Math.max(upTo, range.upTo) };
      return waiting.sent;
    }
    const underWay = this.#underWay.get(name);
    if (underWay === undefined) return this.#begin(name, () => this.#send(tenantId, channel, range));
    const sent = underWay.then(() => {
      this.#waiting.delete(name);
      return this.#begin(name, () => this.#send(tenantId, channel, next.range));
    });
    const next: WaitingCall = { range, sent };
    this.#waiting.set(name, next);
    return sent;
  }

  #begin(name: string, send: () => Promise<boolean>): Promise<boolean> {
    const sent = send().finally(() => {
      if (this.#underWay.get(name) === sent) this.#underWay.delete(name);
    });
    this.#underWay.set(name, sent);
    return sent;
  }

  /** Whatever fails here, the messages are stored: their publisher is told so. */
  async #send(tenantId: TenantId, channel: ChannelId, range: StoredRange): Promise<boolean> {
    const { lanes, queue, report } = this.#deps;
    try {
      const shards = await lanes.shardsFor(tenantId, channel);
      await sendToLanes(queue, tenantId, { channel, shards, ...range });
      return true;
    } catch (fault) {
      report(fault);
      return false;
    }
  }
}
