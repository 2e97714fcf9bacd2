import type { FrontDoor, ReplyMode } from "../../core/deployment/function-shape.ts";
import type { InjectedFaults } from "../../core/deployment/injected-faults.ts";
import type { DoorCall, HttpHandler, HttpReply } from "../../core/http/http-message.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { type CallLine, callLine } from "../call-line.ts";
import type { FaultReport } from "../fault-reply.ts";
import { problemReply } from "../problem-reply.ts";
import { readHttpEvent } from "./http-event.ts";
import { type Invocation, LambdaCall } from "./lambda-call.ts";
import { type BufferedReply, bufferedReply, type StreamedReply, streamedReply } from "./lambda-reply.ts";

/** What a function answers calls with, and what it tells of them. */
export interface LambdaDoor {
  /** What stands behind each front door. */
  readonly handlers: Readonly<Record<FrontDoor, HttpHandler<DoorCall>>>;
  readonly replyMode: ReplyMode;
  readonly clock: Clock;
  /** What a drill breaks. Left out, nothing. */
  readonly drill?: { readonly faults: InjectedFaults; readonly clock: Clock; readonly chance: Chance };
  /** Answers when it is done: nothing runs after the call. */
  readonly callEnded: (line: CallLine) => void | Promise<void>;
  readonly reportFault: FaultReport;
}

/** An invocation on its way through middy: first an event, then a request, a reply, and what the front door takes. */
interface PassingCall {
  event: unknown;
  context: Invocation | LambdaCall;
  response: HttpReply | BufferedReply | StreamedReply | undefined;
  error: unknown;
}

/** Turns the event of a front door into a call, and its outcome into a reply, whatever that is. */
export function httpCall(door: LambdaDoor) {
  const { clock } = door;
  return {
    /** @throws {EventUnknown} for what no front door sends, which fails the invocation. */
    before(passing: PassingCall): void {
      if (passing.context instanceof LambdaCall) return;
      const event = readHttpEvent(passing.event);
      if (!event.ok) throw new EventUnknown(event.problem.detail);
      passing.context = new LambdaCall(passing.context, { ...event.value, clock });
      passing.event = event.value.request;
    },
    async after(passing: PassingCall): Promise<void> {
      const { context: call, response: reply } = passing;
      if (!(call instanceof LambdaCall) || reply === undefined || !("status" in reply)) return;
      call.reply = reply;
      passing.response = await written(door, call, reply);
    },
    async onError(passing: PassingCall): Promise<void> {
      const { context: call, error } = passing;
      if (!(call instanceof LambdaCall)) return;
      door.reportFault(error, call.requestId);
      call.reply = problemReply(error instanceof CallOverdue ? OVERDUE : BROKEN, call.requestId);
      passing.response = await written(door, call, call.reply);
    },
  };
}

/** Tells of a call when the last byte of its reply is handed over. */
export function endCall({ callEnded }: LambdaDoor, call: unknown): void | Promise<void> {
  if (!(call instanceof LambdaCall)) return;
  call.end();
  const { reply, request } = call;
  if (reply !== undefined) return callEnded(callLine(request, reply, call, call));
}

async function written(
  { replyMode, reportFault }: LambdaDoor,
  call: LambdaCall,
  reply: HttpReply,
): Promise<BufferedReply | StreamedReply> {
  return replyMode === "stream" ? streamedReply(call, reply, reportFault) : bufferedReply(call, reply);
}

const OVERDUE = {
  status: 504,
  code: "call_timeout",
  detail: "the call took longer than this server lets it; whether it took effect is unknown",
} as const;

const BROKEN = {
  status: 500,
  code: "internal",
  detail: "the server failed; whoever runs it finds the reason under this requestId",
} as const;

/** A handler did not stop when its call was over. */
export class CallOverdue extends Error {
  readonly code = "call_overdue";
  constructor() {
    super("the handler did not end when its signal was aborted");
    this.name = "CallOverdue";
  }
}

export class EventUnknown extends Error {
  readonly code = "event_unknown";
  constructor(detail: string) {
    super(detail);
    this.name = "EventUnknown";
  }
}
