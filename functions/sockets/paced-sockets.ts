import type { SocketAnswer, SocketHandler } from "../../layers/core/connection/socket-event.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { FRAME_RATE, FrameRate, type FrameRateLimits, tooFast } from "../../layers/people/wire/frame-rate.ts";
import { ending, NOTHING, refusal } from "./answers.ts";
import { PACED_CONNECTIONS_MAX } from "./limits.ts";

export interface PacedSocketsParts {
  readonly handler: SocketHandler;
  readonly clock: Clock;
  /** @default FRAME_RATE */
  readonly limits?: FrameRateLimits;
  /** @default PACED_CONNECTIONS_MAX */
  readonly connectionsMax?: number;
}

/**
 * Lets no connection speak faster than a cell on one machine does, as far as this environment sees it: what is too much is
 * answered before anything is read for it, and whoever goes on all the same is ended.
 *
 * Not promised: the same bound over all environments together. Each counts what comes to it, of the connections that spoke to
 * it last.
 */
export function pacedSockets(parts: PacedSocketsParts): SocketHandler {
  const { handler, clock, limits = FRAME_RATE, connectionsMax = PACED_CONNECTIONS_MAX } = parts;
  /** Whoever has been silent for longest first. */
  const rates = new Map<string, FrameRate>();

  function rateOf(connectionId: string, nowMs: number): FrameRate {
    const rate = rates.get(connectionId) ?? new FrameRate(limits, nowMs);
    rates.delete(connectionId);
    rates.set(connectionId, rate);
    const [longest] = rates.keys();
    if (rates.size > connectionsMax && longest !== undefined) rates.delete(longest);
    return rate;
  }

  return {
    opening: (event) => handler.opening(event),
    async text(event): Promise<SocketAnswer> {
      const nowMs = clock.nowMs();
      const verdict = rateOf(event.connectionId, nowMs).take(limits, nowMs);
      switch (verdict) {
        case "taken":
          return handler.text(event);
        case "dropped":
          return NOTHING;
        case "told":
          return refusal(tooFast(limits, verdict));
        case "flood":
          return ending(tooFast(limits, verdict), "refused");
      }
    },
    closed(event) {
      rates.delete(event.connectionId);
      return handler.closed(event);
    },
  };
}
