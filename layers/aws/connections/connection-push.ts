import { inParallel } from "../../core/in-parallel.ts";
import { type Chance, randomShare } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ConnectionPlace, Push, PushOutcome } from "../../core/ports/push.ts";
import { RetryBudget } from "../retry-budget.ts";
import type { ConnectionAnswer, ConnectionsClient } from "./connections-client.ts";
import {
  CONNECTION_TEXT_BYTES_MAX,
  POST_ATTEMPTS_MAX,
  POST_RETRY_WAIT_MS,
  POST_TIMEOUT_MS,
  POSTS_AT_ONCE,
  SEND_MS_MAX,
  TELL_BEHIND_MS_MAX,
} from "./limits.ts";
import { parseGatewayName, type SocketGateway } from "./socket-gateway.ts";

export interface ConnectionPushParts {
  readonly client: Pick<ConnectionsClient, "call">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What a client is told that was not given all: to read the rest itself. */
  readonly lagged: string;
  /** What a client is told before its end, since the service takes neither code nor reason; left out, nothing. */
  readonly farewell?: (why: { readonly code: number; readonly reason: string }) => string;
  /** Does not throw. */
  readonly report: (fault: unknown) => void;
}

/** The service refused a command for a reason that is ours. */
export class ConnectionCommandRefused extends Error {
  readonly code = "connection_command_refused";
  constructor({ status, error }: Pick<ConnectionAnswer, "status" | "error">) {
    super(`a command to a connection was refused: ${error === "" ? `HTTP ${status}` : error}`);
    this.name = "ConnectionCommandRefused";
  }
}

/** No text of ours may be so long. */
export class ConnectionTextTooLong extends Error {
  readonly code = "connection_text_too_long";
  constructor(bytes: number) {
    super(`a text of ${bytes} bytes was for a connection, which takes ${CONNECTION_TEXT_BYTES_MAX}`);
    this.name = "ConnectionTextTooLong";
  }
}

/**
 * Sends to connections that API Gateway holds, in whichever region: `POST` and `DELETE` on `@connections`.
 *
 * The texts of one connection go one after the other, those of many side by side. What the service could not take now (429, and
 * 500 and above) or did not answer is tried again with full jitter, within a retry budget and the time of the whole send; so a text may
 * come twice. Who was not given all in that time is told so. An API that does not answer at all holds up one text of each
 * connection that is under way, and no other.
 */
export class ConnectionPush implements Push {
  readonly #parts: ConnectionPushParts;
  readonly #budget = new RetryBudget();

  constructor(parts: ConnectionPushParts) {
    this.#parts = parts;
  }

  async send(to: readonly ConnectionPlace[], texts: readonly string[]): Promise<readonly PushOutcome[]> {
    if (texts.length === 0) return to.map(() => "sent");
    const fitting = texts.filter((text) => this.#fits(text));
    const untilMs = this.#parts.clock.nowMs() + SEND_MS_MAX;
    const sending = { texts: fitting, isWhole: fitting.length === texts.length, untilMs, silent: new Set<string>() };
    const limits = { parallelMax: POSTS_AT_ONCE };
    const outcomes = await inParallel(to, limits, (place) => this.#sendAll(place, sending));
    return outcomes.map((outcome) => outcome ?? "unreachable");
  }

  async close(place: ConnectionPlace, why: { readonly code: number; readonly reason: string }): Promise<void> {
    const { clock, farewell } = this.#parts;
    const gateway = parseGatewayName(place.gateway);
    if (gateway === undefined) return;
    const { connectionId } = place;
    const untilMs = clock.nowMs() + SEND_MS_MAX;
    const told = { method: "POST", connectionId, text: farewell?.(why) ?? "" } as const;
    const isThere = told.text === "" || (await this.#command(gateway, told, untilMs)) !== "gone";
    if (isThere) await this.#command(gateway, { method: "DELETE", connectionId, text: "" }, untilMs);
  }

  #fits(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (bytes <= CONNECTION_TEXT_BYTES_MAX) return true;
    this.#parts.report(new ConnectionTextTooLong(bytes));
    return false;
  }

  async #sendAll(place: ConnectionPlace, { texts, isWhole, untilMs, silent }: Sending): Promise<PushOutcome> {
    const gateway = parseGatewayName(place.gateway);
    if (gateway === undefined) return "unreachable";
    const { connectionId } = place;
    for (const text of texts) {
      if (silent.has(place.gateway)) return "unreachable";
      if (this.#parts.clock.nowMs() >= untilMs) return this.#tellBehind(gateway, { connectionId, untilMs });
      const outcome = await this.#command(gateway, { method: "POST", connectionId, text }, untilMs);
      if (outcome === "unreachable") silent.add(place.gateway);
      if (outcome === "behind") return this.#tellBehind(gateway, { connectionId, untilMs });
      if (outcome !== "sent") return outcome;
    }
    return isWhole ? "sent" : this.#tellBehind(gateway, { connectionId, untilMs });
  }

  /** Once: who can't be told finds the gap in the numbers of what comes next, or when it comes again. */
  async #tellBehind(
    gateway: SocketGateway,
    { connectionId, untilMs }: { readonly connectionId: string; readonly untilMs: number },
  ): Promise<PushOutcome> {
    const { clock, lagged } = this.#parts;
    const leftMs = untilMs + TELL_BEHIND_MS_MAX - clock.nowMs();
    if (leftMs <= 0) return "behind";
    const told = await this.#attempt(gateway, { method: "POST", connectionId, text: lagged }, leftMs);
    return told === "gone" ? "gone" : "behind";
  }

  async #command(gateway: SocketGateway, command: Command, untilMs: number): Promise<PushOutcome> {
    const { clock, chance } = this.#parts;
    for (let retries = 0; ; retries++) {
      const leftMs = Math.max(1, untilMs - clock.nowMs());
      const outcome = await this.#attempt(gateway, command, leftMs);
      if (outcome === "sent" || outcome === "gone" || outcome === "refused") {
        this.#budget.answered(retries);
        return outcome === "refused" ? "unreachable" : outcome;
      }
      const mayRetry = retries + 1 < POST_ATTEMPTS_MAX && clock.nowMs() < untilMs && this.#budget.take();
      if (!mayRetry) return outcome === "busy" ? "behind" : "unreachable";
      await clock.sleep(randomShare(chance) * POST_RETRY_WAIT_MS * 2 ** retries);
    }
  }

  async #attempt(gateway: SocketGateway, command: Command, leftMs: number): Promise<Attempted> {
    try {
      const answer = await this.#parts.client.call(gateway, command, Math.min(POST_TIMEOUT_MS, leftMs));
      const attempted = attemptedOf(answer);
      if (attempted === "refused") this.#parts.report(new ConnectionCommandRefused(answer));
      return attempted;
    } catch {
      return "silent";
    }
  }
}

interface Sending {
  readonly texts: readonly string[];
  /** False where some were too long for any connection. */
  readonly isWhole: boolean;
  readonly untilMs: number;
  /** Gateways that did not answer. */
  readonly silent: Set<string>;
}

type Command = Parameters<ConnectionsClient["call"]>[1];

/** `busy`: it may be taken later. */
type Attempted = "sent" | "gone" | "busy" | "silent" | "refused";

const GONE = 410;
const TOO_MANY = 429;

/**
 * Source: API Gateway Management API reference, PostToConnection and DeleteConnection (read 2026-11-21). Of an id that it never
 * gave the service says that it is invalid, instead of gone.
 */
function attemptedOf({ status, error, message }: ConnectionAnswer): Attempted {
  if (status >= 200 && status < 300) return "sent";
  const isInvalid = status === 400 && /invalid connectionid/i.test(message);
  if (status === GONE || error === "GoneException" || isInvalid) return "gone";
  return status === TOO_MANY || status >= 500 ? "busy" : "refused";
}
