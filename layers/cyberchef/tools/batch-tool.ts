import * as z from "zod";
import { inParallel } from "../../core/in-parallel.ts";
import { StoreFault } from "../../core/ports/store-fault.ts";
import { refused } from "../../core/result.ts";
import { invalidInput } from "./chef-failure.ts";
import { type Answer, type ChefCall, type ChefTool, chefTool, emptyTally } from "./chef-tool.ts";
import { json } from "./json-answer.ts";
import { ANSWER_BYTES_MAX, BATCH_CALLS_MAX, BATCH_PARALLEL_MAX } from "./limits.ts";
import { type Meterage, meteredCall } from "./metered-call.ts";

const BATCH_TOOL_NAME = "cyberchef_batch";

const batchedCall = () =>
  z.object({
    tool: z.string().describe("Tool name, as in cyberchef_to_base64 or cyberchef_bake"),
    arguments: z.record(z.string(), z.unknown()).describe("The tool's arguments"),
  });
type BatchedCall = z.infer<ReturnType<typeof batchedCall>>;

/** Finds any tool of the toolkit by its name, those that the surface does not list included. */
type FindTool = (name: string) => ChefTool | undefined;

/**
 * Many calls in one. Each keeps to the rules of a call of its own: limits, time, cache, meter; it waits for a place
 * among the tenant's where a caller's own would be refused. One that fails stops none.
 */
export function batchTool(meterage: Meterage, find: FindTool): ChefTool {
  return chefTool(meterage, {
    name: BATCH_TOOL_NAME,
    title: "Run a batch",
    description:
      `Runs up to ${BATCH_CALLS_MAX} calls of CyberChef tools in one, each operation also by its own tool name ` +
      '(cyberchef_to_base64). Example: {"operations":[{"tool":"cyberchef_sha2","arguments":{"input":"a"}}]}. ' +
      "A call that fails stops no other. Answers with JSON: results and errors by the index of the call.",
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    rerunnable: true,
    places: "none",
    input: () =>
      z.object({
        operations: z.array(batchedCall()).min(1).max(BATCH_CALLS_MAX).describe("The calls"),
        mode: z
          .enum(["parallel", "sequential"])
          .default("parallel")
          .describe("sequential: one after another, in order"),
      }),
    async run({ operations, mode }, call): Promise<Answer> {
      let done = 0;
      const limits = { parallelMax: mode === "parallel" ? BATCH_PARALLEL_MAX : 1, signal: call.signal };
      const outcomes = await inParallel(operations, limits, async (batched, index) => {
        const outcome = await runOne(meterage, find, { batched, call: callWithin(call, index) });
        done += 1;
        call.progress(done, operations.length);
        return outcome;
      });
      return json({ ...sortOut(outcomes), mode });
    },
  });
}

function callWithin(call: ChefCall, index: number): ChefCall {
  const { tenantId, limits, deadlineEpochMs, signal } = call;
  const callId = `${call.callId}/${index}`;
  return { tenantId, limits, deadlineEpochMs, signal, callId, tally: emptyTally(), progress: () => {} };
}

async function runOne(
  meterage: Meterage,
  find: FindTool,
  { batched, call }: { readonly batched: BatchedCall; readonly call: ChefCall },
): Promise<Answer> {
  if (batched.tool === BATCH_TOOL_NAME) return refused(invalidInput("A batch can't hold a batch"));
  const tool = find(batched.tool);
  if (tool === undefined) return refused(invalidInput(`Operation not found: ${batched.tool}`));
  const entry = tool.places === "none" ? "free" : "waiting";
  try {
    return await meteredCall(meterage, { tool: batched.tool, entry, call }, () => tool.answer(batched.arguments, call));
  } catch (fault) {
    if (fault instanceof StoreFault) return refused({ code: "OPERATION_FAILED", message: STORE_LOST });
    throw fault;
  }
}

const STORE_LOST = "The store did not answer: whether this call took effect is not known";

/** Results in their order as long as they fit into one answer; those past that are told as errors. */
function sortOut(outcomes: readonly (Answer | undefined)[]) {
  const results: { readonly index: number; readonly result: string }[] = [];
  const errors: { readonly index: number; readonly error: string }[] = [];
  let bytesLeft = ANSWER_BYTES_MAX - outcomes.length * ENTRY_BYTES_MAX;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome === undefined) {
      errors.push({ index, error: "The batch was cancelled before this call" });
    } else if (!outcome.ok) {
      errors.push({ index, error: outcome.problem.message.slice(0, ERROR_CHARACTERS_MAX) });
    } else {
      const bytes = Buffer.byteLength(JSON.stringify(outcome.value));
      if (bytes > bytesLeft) {
        errors.push({ index, error: "Its output does not fit into the batch's answer; call it on its own" });
      } else {
        bytesLeft -= bytes;
        results.push({ index, result: outcome.value });
      }
    }
  }
  return { total: outcomes.length, successful: results.length, failed: errors.length, results, errors };
}

const ERROR_CHARACTERS_MAX = 1_000;
/** What one entry takes beside its result, an error's text included. */
const ENTRY_BYTES_MAX = 4 * ERROR_CHARACTERS_MAX;
