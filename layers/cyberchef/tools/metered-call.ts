import type { Clock } from "../../core/ports/clock.ts";
import { type Result, refused } from "../../core/result.ts";
import { type ChefFailure, invalidInput } from "./chef-failure.ts";
import type { Answer, ChefCall } from "./chef-tool.ts";
import { ANSWER_BYTES_MAX, RUNNING_CALLS_MAX } from "./limits.ts";
import type { TenantMeter, TenantMeters } from "./tenant-meter.ts";

export interface Meterage {
  readonly clock: Clock;
  readonly meters: TenantMeters;
}

/** How a call gets a place among its tenant's: refused where there is none, waiting for one, or without need of one. */
export type Entry = "at_once" | "waiting" | "free";

/** Runs a call in a place of its tenant's, gives the place back once, however it ends, and records it. */
export async function meteredCall(
  { clock, meters }: Meterage,
  { tool, entry, call }: { readonly tool: string; readonly entry: Entry; readonly call: ChefCall },
  run: () => Promise<Answer>,
): Promise<Answer> {
  const meter = meters.of(call.tenantId);
  const entered = await enter(meter, entry, call.signal);
  if (!entered.ok) return entered;
  const startedAtEpochMs = clock.nowMs();
  let outputBytes = 0;
  let success = false;
  try {
    const answer = withinAnswerLimit(await run());
    success = answer.ok;
    outputBytes = answer.ok ? Buffer.byteLength(answer.value) : 0;
    return answer;
  } finally {
    if (entry !== "free") meter.leave();
    const { inputBytes, bakes, cachedBakes } = call.tally;
    const durationMs = clock.nowMs() - startedAtEpochMs;
    const cached = bakes > 0 && cachedBakes === bakes;
    meter.record({ tool, durationMs, inputBytes, outputBytes, success, cached, atEpochMs: startedAtEpochMs });
  }
}

async function enter(meter: TenantMeter, entry: Entry, signal: AbortSignal): Promise<Result<undefined, ChefFailure>> {
  if (entry === "free") return { ok: true, value: undefined };
  const entered = entry === "waiting" ? await meter.enter(signal) : meter.tryEnter();
  if (entered) return { ok: true, value: undefined };
  if (signal.aborted) return refused({ code: "OPERATION_FAILED", message: "The call was cancelled before it began" });
  return refused({
    ...invalidInput(`Resource quota exceeded. Maximum concurrent operations: ${RUNNING_CALLS_MAX}`, {
      maxConcurrentOperations: RUNNING_CALLS_MAX,
    }),
    suggestions: ["Wait for running calls to end", "Put many small calls into one cyberchef_batch"],
  });
}

function withinAnswerLimit(answer: Answer): Answer {
  if (!answer.ok) return answer;
  const bytes = Buffer.byteLength(answer.value);
  if (bytes <= ANSWER_BYTES_MAX) return answer;
  return refused({
    code: "OUT_OF_MEMORY",
    message: `The output has ${bytes} bytes; an answer holds at most ${ANSWER_BYTES_MAX}`,
    context: { outputBytes: bytes, maxBytes: ANSWER_BYTES_MAX },
    suggestions: ["Add a step that takes a part, such as Take bytes or Head", "Compress the output with a last step"],
  });
}
