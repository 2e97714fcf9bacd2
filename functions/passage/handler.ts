import type { ReplyMode } from "../../layers/core/deployment/function-shape.ts";
import { runName } from "../../layers/core/deployment/project-task.ts";
import type { CallContext, HttpHandler, HttpReply, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { openRun } from "../../layers/core/project/project.ts";
import { type FaultReport, faultCode } from "../../layers/http/fault-reply.ts";
import type { CarriedProblem } from "../../layers/http/passage/carried-call.ts";
import { REPLY_TIMEOUT_MS } from "../../layers/http/passage/limits.ts";
import {
  NO_WEBSOCKETS,
  NOT_LISTENING,
  PASSAGE_UNAVAILABLE,
  REPLY_BROKEN,
  REPLY_TOO_LARGE,
  replyLate,
} from "../../layers/http/passage/passage-problems.ts";
import { PROXY_PREFIX } from "../../layers/http/passage/proxy-path.ts";
import { type HttpProblem, problemReply } from "../../layers/http/problem-reply.ts";
import { type CarriedReply, type Carrier, carry } from "./carry.ts";
import { type Found, findTarget } from "./find-target.ts";
import { CARRIED_END_MARGIN_MS } from "./limits.ts";
import { passedReply } from "./passed-reply.ts";
import type { RunAddresses } from "./run-addresses.ts";

export interface PassageHandlerParts {
  readonly addresses: Pick<RunAddresses, "projectOf" | "addressOf" | "doubt">;
  readonly carrier: Carrier;
  readonly replyMode: ReplyMode;
  readonly clock: Clock;
  /** Told of what goes wrong inside. */
  readonly report: FaultReport;
  /** @default REPLY_TIMEOUT_MS */
  readonly replyTimeoutMs?: number;
}

type PassageParts = PassageHandlerParts & { readonly replyTimeoutMs: number };
type Way = Exclude<Found, { reply: HttpReply }>;

/** The way to projects that run where only a function reaches them. The gate stands before it. */
export function passageHandler(parts: PassageHandlerParts): HttpHandler {
  return async (request, context) => {
    const { clock, replyTimeoutMs = REPLY_TIMEOUT_MS } = parts;
    const given = { ...parts, replyTimeoutMs: Math.min(replyTimeoutMs, timeLeftMs(context, clock)) };
    try {
      const reply = await answered(given, request, context);
      const operation = `${request.method} ${PROXY_PREFIX}`;
      return { ...reply, log: Object.assign(reply.log ?? {}, { operation }) };
    } catch (fault) {
      if (!UNAVAILABLE.includes(faultCode(fault) ?? "")) throw fault;
      parts.report(fault, context.requestId);
      return problemReply(PASSAGE_UNAVAILABLE, context.requestId);
    }
  };
}

/** What may be there again soon: what tells of tasks, and what carries calls to them. */
const UNAVAILABLE = ["runner_unavailable", "invocation_failed"];

/** For what carries a call: less than the call's own. */
function timeLeftMs({ deadlineEpochMs }: CallContext, clock: Clock): number {
  return Math.max(1, deadlineEpochMs - clock.nowMs() - CARRIED_END_MARGIN_MS);
}

async function answered(parts: PassageParts, request: HttpRequest, context: CallContext): Promise<HttpReply> {
  const found = await findTarget(parts.addresses, request, context);
  if ("reply" in found) return found.reply;
  if (asksForWebSocket(request)) return problemReply(NO_WEBSOCKETS, context.requestId);
  const first = await passed(parts, request, { context, way: found });
  if (first !== "not_listening" && first !== "unreachable") return replyOf(parts, request, { context, carried: first });
  // Nothing was sent. It may be another run by now, or elsewhere.
  parts.addresses.doubt(found.project);
  const again = await findTarget(parts.addresses, request, context);
  if ("reply" in again) return again.reply;
  const isElsewhere = again.target.host !== found.target.host || again.target.port !== found.target.port;
  const second = isElsewhere ? await passed(parts, request, { context, way: again }) : first;
  return replyOf(parts, request, { context, carried: second });
}

function asksForWebSocket({ headers }: HttpRequest): boolean {
  // Front doors that know no upgrades may have left out the word for it.
  return headers.upgrade?.toLowerCase() === "websocket" || headers["sec-websocket-key"] !== undefined;
}

async function passed(
  { carrier, clock, replyTimeoutMs }: PassageParts,
  request: HttpRequest,
  { context, way }: { readonly context: CallContext; readonly way: Way },
): Promise<CarriedReply | CarriedProblem> {
  const { signal } = context;
  const timeoutMs = timeLeftMs(context, clock);
  try {
    const run = runName(way.project.tenantId, openRun(way.project)?.runId ?? "");
    return await carry(carrier, request, { run, target: way.target, replyTimeoutMs, timeoutMs, signal });
  } catch (fault) {
    if (signal.aborted) return "timed_out";
    throw fault;
  }
}

function replyOf(
  { replyMode, replyTimeoutMs }: PassageParts,
  { method }: HttpRequest,
  { context, carried }: { readonly context: CallContext; readonly carried: CarriedReply | CarriedProblem },
): Promise<HttpReply> | HttpReply {
  if (typeof carried !== "string") return passedReply(carried, { method, replyMode, requestId: context.requestId });
  return problemReply(problemOf(carried, replyTimeoutMs), context.requestId);
}

function problemOf(problem: CarriedProblem, replyTimeoutMs: number): HttpProblem {
  switch (problem) {
    case "not_listening":
    case "unreachable":
      return NOT_LISTENING;
    case "broken":
      return REPLY_BROKEN;
    case "timed_out":
      return replyLate(replyTimeoutMs);
    case "too_large":
      return REPLY_TOO_LARGE;
    default:
      return problem satisfies never;
  }
}

/** It was deployed though the plan has no projects. */
export class PassageUnplanned extends Error {
  readonly code = "passage_unplanned";
  constructor() {
    super("CARRIER_FUNCTION is none: this function runs where the plan has projects");
    this.name = "PassageUnplanned";
  }
}
