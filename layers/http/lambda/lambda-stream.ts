import { Readable } from "node:stream";
import middy from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/executionModeStreamifyResponse";
import type { Invocation } from "./lambda-call.ts";
import type { LambdaHandler } from "./lambda-http.ts";
import { warmUp } from "./warm-up.ts";

/** A function that is called by another one, and streams bytes of its own to it. What its stream throws fails the call. */
export function lambdaStream(
  answer: (event: unknown, invocation: Invocation) => AsyncIterable<Uint8Array>,
): LambdaHandler {
  const streamed = async (event: unknown, invocation: Invocation): Promise<Readable> =>
    Readable.from(answer(event, invocation), { objectMode: false });
  return middy(streamed, { executionMode: executionModeStreamifyResponse, timeoutEarlyInMillis: 0 }).use(warmUp);
}
