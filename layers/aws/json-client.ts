import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type Chance, randomShare } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ATTEMPTS_MAX, type AwsSettings, CONNECT_TIMEOUT_MS } from "./client.ts";
import { serviceEndpoint } from "./endpoint.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { Credentials } from "./signature.ts";
import { type PostAnswer, signedPost } from "./signed-post.ts";

/** What the API takes and answers, as its reference names it. */
export type JsonMessage = Readonly<Record<string, unknown>>;

/** A service whose API speaks AWS JSON, as far as `Operation` names it. */
export interface JsonClient<Operation extends string> {
  /** @throws {ServiceRefused} for what the service refuses, and Node's own errors. */
  call(operation: Operation, input: JsonMessage): Promise<JsonMessage>;
  /** Lets go of the connections. */
  close(): void;
}

/** An error that a service sent, under its own name for it. */
export class ServiceRefused extends Error {
  readonly code = "service_refused";
  /** All that was sent with it: of a condition that failed, for example, what was stored. */
  readonly told: JsonMessage;
  /** Whether the same request may be taken later. */
  readonly mayPass: boolean;
  constructor(
    name: string,
    { message, told, mayPass }: { message: string; told: JsonMessage | undefined; mayPass: boolean },
  ) {
    super(message);
    this.name = name;
    this.told = told ?? {};
    this.mayPass = mayPass;
  }
}

export interface JsonClientParts extends AwsSettings {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface JsonService {
  /** Its name in its addresses and in signatures. */
  readonly service: string;
  /** What the `x-amz-target` header names before the operation. */
  readonly target: string;
  readonly jsonVersion: "1.0" | "1.1";
  /** More calls at once wait for one of them. */
  readonly connectionsMax: number;
  /** Of one attempt, with all of its answer. */
  readonly timeoutMs: number;
  /** Refusals that pass by themselves; any of status 500 and above does too. */
  readonly passing: ReadonlySet<string>;
}

/** Before the second attempt at most, and twice that before the third. */
const RETRY_WAIT_MS = 50;

/** AWS takes signatures of five minutes before and after its own time; a clock is set right before it comes to that. */
const CLOCK_SKEW_MS_MAX = 4 * 60_000;

/**
 * A service over kept connections, without its SDK, which takes a cold function longer to load than all else that it does
 * before its first answer. Like the SDK's, it tries again within {@link ATTEMPTS_MAX} and a retry budget, after waits with
 * full jitter, and goes by the service's time where this machine's is wrong.
 *
 * A request whose answer was lost is sent again, so what it asks for may have been done already.
 */
export function jsonClient<Operation extends string>(
  { service, target, jsonVersion, connectionsMax, timeoutMs, passing }: JsonService,
  parts: JsonClientParts,
): JsonClient<Operation> {
  const { region, credentials, clock, chance } = parts;
  const endpoint = serviceEndpoint(service, parts);
  const options = { keepAlive: true, maxSockets: connectionsMax };
  const agent = endpoint.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  const sent = { endpoint, agent, region, service, credentials, jsonVersion };
  const budget = new RetryBudget();
  let aheadMs = 0;

  async function attempt(operation: Operation, body: string): Promise<JsonMessage> {
    const post = { ...sent, target: `${target}.${operation}`, body, nowMs: clock.nowMs() + aheadMs };
    const answer = await signedPost(post, AbortSignal.timeout(timeoutMs), CONNECT_TIMEOUT_MS);
    const told = readObject(answer.body);
    if (answer.status === 200 && told !== undefined) return told;
    const skewMs = (answer.atEpochMs ?? post.nowMs) - clock.nowMs() - aheadMs;
    const isSkewed = Math.abs(skewMs) > CLOCK_SKEW_MS_MAX;
    if (isSkewed) aheadMs += skewMs;
    const { name, message } = errorIn(answer, told);
    throw new ServiceRefused(name, { message, told, mayPass: isSkewed || answer.status >= 500 || passing.has(name) });
  }

  return {
    async call(operation, input) {
      const body = JSON.stringify(input);
      for (let retries = 0; ; retries++) {
        try {
          const answered = await attempt(operation, body);
          budget.answered(retries);
          return answered;
        } catch (error) {
          if (!(error instanceof ServiceRefused)) letGoOfIdle(agent);
          else if (!error.mayPass) throw error;
          if (retries + 1 === ATTEMPTS_MAX || !budget.take()) throw error;
          await clock.sleep(randomShare(chance) * RETRY_WAIT_MS * 2 ** retries);
        }
      }
    },
    close: () => agent.destroy(),
  };
}

/** Where one connection broke, those kept with it may be as dead: a function is frozen between calls and hears of no end. */
function letGoOfIdle({ freeSockets }: HttpAgent): void {
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function errorIn({ status }: PostAnswer, told: JsonMessage | undefined): { name: string; message: string } {
  const type = String(told?.__type ?? `HTTP ${status}`);
  return { name: type.slice(type.indexOf("#") + 1), message: String(told?.message ?? told?.Message ?? "") };
}

function readObject(body: string): JsonMessage | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined; // what stands between us and the service answers in HTML
  }
}
