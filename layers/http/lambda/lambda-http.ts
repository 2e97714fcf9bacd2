import middy from "@middy/core";
import { executionModeStandard } from "@middy/core/executionModeStandard";
import { executionModeStreamifyResponse } from "@middy/core/executionModeStreamifyResponse";
import type { HttpRequest } from "../../core/http/http-message.ts";
import { faultInjection } from "./fault-injection.ts";
import { CallOverdue, endCall, httpCall, type LambdaDoor } from "./http-call.ts";
import type { LambdaCall } from "./lambda-call.ts";
import { CUT_MARGIN_MS } from "./limits.ts";
import { warmUp } from "./warm-up.ts";

/** What Lambda calls. In `stream` mode it has a stream as its second argument. */
export type LambdaHandler = (event: unknown, ...rest: never[]) => Promise<unknown>;

/**
 * A function behind a front door. The call's signal is aborted a while before Lambda would cut it, and the caller
 * gets a 504 when the handler goes on all the same.
 */
export function lambdaHttp(door: LambdaDoor): LambdaHandler {
  const answer = async (request: HttpRequest, call: LambdaCall) => door.handlers[call.door](request, call);
  return middy(answer, {
    executionMode: door.replyMode === "stream" ? executionModeStreamifyResponse : executionModeStandard,
    timeoutEarlyInMillis: CUT_MARGIN_MS,
    timeoutEarlyResponse: () => {
      throw new CallOverdue();
    },
    requestEnd: ({ context }) => endCall(door, context),
  }).use([
    warmUp,
    httpCall(door),
    ...(door.drill === undefined ? [] : [faultInjection(door.drill.faults, door.drill)]),
  ]);
}
