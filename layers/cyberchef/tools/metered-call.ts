import type { Clock } from "../../core/ports/clock.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { type ChefFailure, invalidInput } from "./chef-failure.ts";
import type { Answer, ChefCall } from "./chef-tool.ts";
import { ANSWER_BYTES_MAX, ANSWER_MARGIN_MS, RUNNING_CALLS_MAX } from "./limits.ts";
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
  const entered = await enter(meter, { clock, entry, call });
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
    const { inputBytes, bakes, cachedBakes, freshBakes, bakeMs } = call.tally;
    const durationMs = clock.nowMs() - startedAtEpochMs;
    const cached = bakes > 0 && cachedBakes === bakes;
    meter.freshBakes += freshBakes;
    meter.bakeMs += bakeMs;
    meter.record({ tool, durationMs, inputBytes, outputBytes, success, cached, atEpochMs: startedAtEpochMs });
  }
}

async function enter(
  meter: TenantMeter,
  { clock, entry, call }: { readonly clock: Clock; readonly entry: Entry; readonly call: ChefCall },
): Promise<Result<undefined, ChefFailure>> {
  if (entry === "free" || meter.tryEnter()) return ok();
  if (entry === "waiting") {
    if (await waitForPlace(meter, clock, call)) return ok();
    if (call.signal.aborted) {
      return refused({ code: "OPERATION_FAILED", message: "The call was cancelled before it began" });
    }
    return refused({ code: "TIMEOUT", message: "No place among the running operations came free in time" });
  }
  return refused({
    ...invalidInput(`Resource quota exceeded. Maximum concurrent operations: ${RUNNING_CALLS_MAX}`, {
      maxConcurrentOperations: RUNNING_CALLS_MAX,
    }),
    suggestions: ["Wait for running calls to end", "Put many small calls into one cyberchef_batch"],
  });
}

/** Gives up while there is still time to say so. */
async function waitForPlace(meter: TenantMeter, clock: Clock, call: ChefCall): Promise<boolean> {
  const timeLeftMs = call.deadlineEpochMs - clock.nowMs() - ANSWER_MARGIN_MS;
  const late = new AbortController();
  const settled = new AbortController();
  void clock.sleep(timeLeftMs, settled.signal).then(() => late.abort());
  const entered = await meter.enter(AbortSignal.any([call.signal, late.signal]));
  settled.abort();
  return entered;
}

function withinAnswerLimit(answer: Answer): Answer {
  if (!answer.ok) return answer;
  const bytes = Buffer.byteLength(answer.value);
  if (bytes <= ANSWER_BYTES_MAX) return answer;
  return refused({
    code: "OUT_OF_MEMORY",
    message: `The output has ${bytes} bytes; an answer holds at most ${ANSWER_BYTES_MAX}`,
    context: { outputBytes: bytes, maxBytes: ANSWER_BYTES_MAX },
    suggestions: [
      "Ask for less",
      "In a recipe, take a part with a last step such as Take bytes or Head, or compress it",
    ],
  });
}
