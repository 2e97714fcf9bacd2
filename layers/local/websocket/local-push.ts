import type { ConnectionPlace, Push, PushOutcome } from "../../core/ports/push.ts";
import { PUSH_CONNECTIONS_MAX } from "./limits.ts";
import type { PushLink } from "./push-link.ts";
import type { WebSockets } from "./web-sockets.ts";
import { WireText } from "./wire-text.ts";

/** What this process holds itself: nothing, until its first client comes. */
export interface OwnSockets {
  sockets?: Pick<WebSockets, "send" | "close">;
  /** Under which names it does or did. */
  readonly gateways: Set<string>;
}

export interface LocalPushParts {
  readonly own: OwnSockets;
  /** Where a gateway is reached; undefined of one that is gone. */
  readonly addressOf: (gateway: string) => Promise<string | undefined>;
  readonly link: PushLink;
  /** Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** Sends to what this process holds, and by the processes that hold it to all else. */
export class LocalPush implements Push {
  readonly #parts: LocalPushParts;

  constructor(parts: LocalPushParts) {
    this.#parts = parts;
  }

  async send(to: readonly ConnectionPlace[], texts: readonly string[]): Promise<readonly PushOutcome[]> {
    const { own } = this.#parts;
    const outcomes = new Array<PushOutcome>(to.length).fill("unreachable");
    // One for all: what waits for a thousand slow clients waits once.
    const wireTexts = texts.map((text) => new WireText(text));
    const elsewhere = new Map<string, number[]>();
    const slow: (readonly [index: number, outcome: Promise<PushOutcome>])[] = [];
    for (const [index, { connectionId, gateway }] of to.entries()) {
      if (own.gateways.has(gateway)) {
        const outcome = own.sockets?.send(connectionId, wireTexts) ?? "gone";
        if (typeof outcome === "string") outcomes[index] = outcome;
        else slow.push([index, outcome]);
        continue;
      }
      const indexes = elsewhere.get(gateway);
      if (indexes === undefined) elsewhere.set(gateway, [index]);
      else indexes.push(index);
    }
    await Promise.all(
      [...elsewhere].map(([gateway, indexes]) => this.#sendBy(gateway, { indexes, to, texts, outcomes })),
    );
    for (const [index, outcome] of slow) outcomes[index] = await outcome;
    return outcomes;
  }

  async close(place: ConnectionPlace, why: { readonly code: number; readonly reason: string }): Promise<void> {
    const { own } = this.#parts;
    if (own.gateways.has(place.gateway)) return own.sockets?.close(place.connectionId, why);
    const address = await this.#addressOf(place.gateway);
    if (address !== undefined && address !== "unknown") await this.#parts.link.close(address, place, why);
  }

  async #sendBy(
    gateway: string,
    sending: {
      readonly indexes: readonly number[];
      readonly to: readonly ConnectionPlace[];
      readonly texts: readonly string[];
      readonly outcomes: PushOutcome[];
    },
  ): Promise<void> {
    const { indexes, to, texts, outcomes } = sending;
    const address = await this.#addressOf(gateway);
    if (address === "unknown") return;
    for (let start = 0; start < indexes.length; start += PUSH_CONNECTIONS_MAX) {
      const part = indexes.slice(start, start + PUSH_CONNECTIONS_MAX);
      const connectionIds = part.map((index) => to[index]?.connectionId ?? "");
      const told =
        address === undefined ? undefined : await this.#parts.link.send(address, { gateway, connectionIds, texts });
      const none: PushOutcome = address === undefined ? "gone" : "unreachable";
      for (const [nth, index] of part.entries()) outcomes[index] = told?.[nth] ?? none;
    }
  }

  /** Undefined of a gateway that is gone. */
  async #addressOf(gateway: string): Promise<string | "unknown" | undefined> {
    try {
      return await this.#parts.addressOf(gateway);
    } catch (fault) {
      this.#parts.report(fault);
      return "unknown";
    }
  }
}
