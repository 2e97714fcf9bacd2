import * as z from "zod";
import { settledWithin } from "../../../core/deployment/settled-within.ts";
import type { HttpReply } from "../../../core/http/http-message.ts";
import type { Chance } from "../../../core/ports/chance.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import { callLine } from "../../../http/call-line.ts";
import { elapsedMs, steadyMs } from "../../../http/elapsed-ms.ts";
import { type Door, type OpenCalls, openCall, requestOf, type Upgrades } from "../../http-exchange.ts";
import { refuseUpgrade, type Upgrade } from "../../proxy/pass-upgrade.ts";
import { jsonIn, statusCode } from "../function-reply.ts";
import type { Integration } from "../integration.ts";
import { invoked } from "../integration.ts";
import { Patience, PatienceOver } from "../patience.ts";
import { gatewayReply } from "../rest-reply.ts";
import type { HeldConnections } from "./held-connections.ts";
import {
  type AuthorizerContext,
  authorizerEvent,
  connectEvent,
  disconnectEvent,
  messageEvent,
  type SocketFacts,
} from "./socket-events.ts";

/** Under which clients connect, as below a name of the deployment's. */
const PATH = "/ws";
const CONNECTION_ID_BYTES = 9;
const FORBIDDEN = 403;

export interface SocketApiParts {
  readonly held: HeldConnections;
  /** The one function: authorizer, and behind every route. */
  readonly integration: Pick<Integration, "pool" | "reportError">;
  readonly region: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Source: API Gateway developer guide, "Output from an API Gateway Lambda authorizer" (read 2026-11-21). */
const Policy = z.object({
  policyDocument: z.object({ Statement: z.array(z.object({ Effect: z.enum(["Allow", "Deny"]) })).min(1) }),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const Answer = z.object({
  statusCode,
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
});

interface Opened {
  readonly facts: SocketFacts;
  readonly authorizer: AuthorizerContext;
  readonly subprotocol: string | undefined;
}

/**
 * A WebSocket API before a function: its authorizer, `$connect` as long as the client waits, `$default` for each message with its
 * response, and `$disconnect`. Messages of one connection that come together are answered side by side, as there.
 */
export class SocketApi implements Upgrades {
  readonly #parts: SocketApiParts;
  readonly #ends = new Set<Promise<unknown>>();

  constructor(parts: SocketApiParts) {
    this.#parts = parts;
  }

  takes(target: string): boolean {
    return target === PATH || target.startsWith(`${PATH}?`);
  }

  /** Never rejects. */
  async open(door: Door, calls: OpenCalls, { incoming, socket, head }: Upgrade): Promise<"taken" | "refused"> {
    const call = openCall(door, calls);
    // Whoever leaves has nobody to be told.
    socket.on("error", () => socket.destroy());
    try {
      const [startedAtEpochMs, startedMs] = [door.clock.nowMs(), steadyMs()];
      const request = requestOf(incoming, new Uint8Array());
      const { region, chance, clock, held } = this.#parts;
      const connectionId = `${chance.token(CONNECTION_ID_BYTES)}=`;
      const facts = { connectionId, region, request, connectedAtEpochMs: clock.nowMs() };
      const opened = await this.#opened(facts);
      const reply = "status" in opened ? opened : { status: 101, headers: {}, body: "" };
      const bytes = "status" in opened ? refuseUpgrade(socket, opened) : 0;
      const durationMs = elapsedMs(startedMs);
      door.callEnded(callLine(request, reply, call, { startedAtEpochMs, durationMs, bytes }));
      if ("status" in opened) return "refused";
      const { subprotocol } = opened;
      held.take({ connectionId, subprotocol, incoming, socket, head }, this.#told(opened));
      return "taken";
    } catch (fault) {
      door.reportFault(fault, call.requestId);
      socket.destroy();
      return "refused";
    } finally {
      call.end();
      calls.calls.remove(call);
    }
  }

  /** Ends all connections, and waits until their ends are told, for `waitMsMax` at most. */
  async close(waitMsMax: number): Promise<void> {
    const { held, clock } = this.#parts;
    await held.close(waitMsMax);
    await settledWithin(clock, { work: [...this.#ends], waitMsMax });
  }

  async #opened(facts: SocketFacts): Promise<Opened | HttpReply> {
    const judged = await this.#invoke(facts, (happening) => authorizerEvent(facts, happening));
    const policy = Policy.safeParse(judged);
    // As of an authorizer that failed: API Gateway says no more of it.
    if (!policy.success) return gatewayReply(500, "Internal server error");
    const { policyDocument, context: authorizer } = policy.data;
    if (policyDocument.Statement.some(({ Effect }) => Effect === "Deny")) return gatewayReply(FORBIDDEN, "Forbidden");
    const answered = await this.#invoke(facts, (happening) => connectEvent(facts, happening, authorizer));
    const answer = Answer.safeParse(answered);
    if (!answer.success) return gatewayReply(502, "Internal server error");
    const { statusCode: status, headers } = answer.data;
    if (status < 200 || status >= 300) return gatewayReply(status, answer.data.body ?? "");
    const named = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "sec-websocket-protocol");
    return { facts, authorizer, subprotocol: named?.[1] };
  }

  #told(opened: Opened) {
    return {
      message: (text: string) => this.#remember(this.#message(opened, text)),
      closed: (how: { readonly code: number; readonly reason: string }) => this.#remember(this.#closed(opened, how)),
    };
  }

  async #message({ facts, authorizer }: Opened, text: string): Promise<void> {
    const { held, chance } = this.#parts;
    const requestId = chance.uuid();
    const { connectionId } = facts;
    const told = await this.#invoke(
      facts,
      (happening) => messageEvent(facts, { ...happening, text }, authorizer),
      requestId,
    );
    const answer = Answer.safeParse(told);
    if (!answer.success) {
      held.post(connectionId, JSON.stringify({ message: "Internal server error", connectionId, requestId }));
      return;
    }
    const { body } = answer.data;
    if (typeof body === "string" && body !== "") held.post(connectionId, body);
  }

  async #closed({ facts, authorizer }: Opened, how: { readonly code: number; readonly reason: string }): Promise<void> {
    await this.#invoke(facts, (happening) => disconnectEvent(facts, { ...happening, ...how }, authorizer));
  }

  /** What the function answers as JSON; undefined where it failed, or took longer than an API waits. */
  async #invoke(
    { connectedAtEpochMs }: SocketFacts,
    eventOf: (happening: { readonly requestId: string; readonly atEpochMs: number }) => object,
    requestId: string = this.#parts.chance.uuid(),
  ): Promise<unknown> {
    const { integration, clock, held } = this.#parts;
    const event = eventOf({ requestId, atEpochMs: Math.max(connectedAtEpochMs, clock.nowMs()) });
    const patience = new Patience(clock, { inAllMs: held.limits.integrationTimeoutMs });
    try {
      const outcome = await patience.waitFor(invoked(integration, { requestId, event }));
      return outcome.kind === "whole" ? jsonIn(outcome.body) : undefined;
    } catch (error) {
      if (error instanceof PatienceOver) return undefined;
      throw error;
    }
  }

  #remember(work: Promise<void>): void {
    const { reportError } = this.#parts.integration;
    const end = work
      .catch((fault) => reportError({ errorType: "SocketApi", errorMessage: String(fault) }, "none"))
      .finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }
}
