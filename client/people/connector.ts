import {
  HANDOVER_LEAD_MS,
  HANDOVER_LEAD_SHARE,
  HANDOVER_MS_MAX,
  RETRY_PAUSE_MS_MAX,
  STEADY_AFTER_MS,
} from "./limits.ts";
import { Link, type LinkEnd } from "./link.ts";
import type { PeopleParts } from "./parts.ts";
import type { PeopleStatus } from "./people-event.ts";
import { retryPauseMs } from "./retry-pause.ts";
import { Timer } from "./timer.ts";
import type { ClientFrame, ConnectFrame, ServerFrame, Welcome } from "./wire.ts";

export interface ConnectorTold {
  /** Asked for each connection: what its `connect` says beside the credential. */
  connecting(): Pick<ConnectFrame, "channels" | "after">;
  connected(welcome: Welcome): void;
  frame(frame: ServerFrame): void;
  status(status: PeopleStatus): void;
}

/**
 * Keeps one connection there: makes it anew when it breaks, and opens the next before the server ends this one, so that
 * nothing waits meanwhile. While there are two, both are heard, and only the older is spoken on.
 */
export class Connector {
  readonly #parts: PeopleParts;
  readonly #told: ConnectorTold;
  readonly #retry: Timer;
  readonly #handover: Timer;
  #status: PeopleStatus = { state: "idle" };
  #current: Link | undefined;
  /** On its way to be the current one. */
  #next: Link | undefined;
  #attempts = 0;
  #connectedAtEpochMs = 0;
  #endsAtEpochMs = 0;

  constructor(parts: PeopleParts, told: ConnectorTold) {
    this.#parts = parts;
    this.#told = told;
    this.#retry = new Timer(parts.clock, () => this.#open());
    this.#handover = new Timer(parts.clock, () => this.#open());
  }

  get status(): PeopleStatus {
    return this.#status;
  }

  send(frame: ClientFrame): boolean {
    return this.#current?.send(frame) ?? false;
  }

  start(): void {
    if (this.#status.state !== "idle" && this.#status.state !== "refused") return;
    this.#attempts = 0;
    this.#open();
    this.#setStatus({ state: "connecting", attempts: 0 });
  }

  stop(): void {
    this.#retry.clear();
    this.#handover.clear();
    this.#next?.end();
    this.#current?.end();
    this.#next = undefined;
    this.#current = undefined;
    this.#setStatus({ state: "idle" });
  }

  /** Tries now what would be tried later, and asks a connection whether it lives. */
  wake(): void {
    this.#current?.probe();
    if (this.#current === undefined && this.#retry.isSet) this.#open();
  }

  #open(): void {
    this.#retry.clear();
    if (this.#next !== undefined) return;
    const link: Link = new Link(
      this.#parts,
      {
        connected: (welcome) => this.#connected(link, welcome),
        frame: (frame) => this.#told.frame(frame),
        over: (end) => this.#over(link, end),
      },
      () => this.#told.connecting(),
    );
    this.#next = link;
  }

  #connected(link: Link, welcome: Welcome): void {
    const isLater = welcome.endsAtEpochMs > this.#endsAtEpochMs || this.#current === undefined;
    this.#current?.end();
    this.#current = link;
    this.#next = undefined;
    this.#connectedAtEpochMs = this.#parts.clock.nowMs();
    this.#endsAtEpochMs = welcome.endsAtEpochMs;
    // One with the same end ends with its credential: yet another would last no longer.
    if (isLater) this.#planHandover();
    else this.#handover.clear();
    this.#told.connected(welcome);
    this.#setStatus({ state: "connected", welcome });
  }

  #planHandover(): void {
    const leftMs = this.#endsAtEpochMs - this.#parts.clock.nowMs();
    const leadMs = Math.min(HANDOVER_LEAD_MS, leftMs * HANDOVER_LEAD_SHARE);
    this.#handover.set(Math.min(HANDOVER_MS_MAX, Math.max(0, leftMs - leadMs * (1 + this.#parts.chance.share()))));
  }

  #over(link: Link, end: LinkEnd): void {
    if (link === this.#current) this.#current = undefined;
    else this.#next = undefined;
    if (this.#current !== undefined) this.#handoverFailed(end);
    else this.#disconnected(end);
  }

  #disconnected(end: LinkEnd): void {
    this.#handover.clear();
    const isSteady = end.wasConnected && this.#parts.clock.nowMs() - this.#connectedAtEpochMs >= STEADY_AFTER_MS;
    if (isSteady) this.#attempts = 0;
    const { error } = end;
    if (this.#next !== undefined) this.#setStatus({ state: "connecting", attempts: this.#attempts });
    else if (isRefusal(end) && error !== undefined) {
      this.#setStatus({ state: "refused", code: error.code, message: error.message });
    } else this.#retryLater(error?.retryAfterMs);
  }

  #retryLater(retryAfterMs: number | undefined): void {
    const { clock, chance } = this.#parts;
    const pauseMs = retryPauseMs({ attempts: this.#attempts, retryAfterMs }, chance.share());
    this.#attempts++;
    this.#retry.set(pauseMs);
    this.#setStatus({ state: "connecting", attempts: this.#attempts, nextAtEpochMs: clock.nowMs() + pauseMs });
  }

  /** The current one goes on; while there is time, it is tried again. */
  #handoverFailed(end: LinkEnd): void {
    const isTime = this.#endsAtEpochMs - this.#parts.clock.nowMs() > RETRY_PAUSE_MS_MAX;
    if (isTime && !isRefusal(end)) this.#handover.set(RETRY_PAUSE_MS_MAX * this.#parts.chance.share());
  }

  #setStatus(status: PeopleStatus): void {
    this.#status = status;
    this.#told.status(status);
  }
}

/** Policy was violated, by who connects and not by how fast: to come again would end the same. A ticket may have been late. */
const POLICY_VIOLATED = 1008;
/** API Gateway takes no code of ours: there the refusal of a `connect` is told by its frame alone. */
const DONE = 1000;
function isRefusal({ code, error, wasConnected }: LinkEnd): boolean {
  if (wasConnected || error === undefined || error.code === "ticket_refused") return false;
  return code === POLICY_VIOLATED || (code === DONE && error.of === "connect" && error.retryAfterMs === undefined);
}
