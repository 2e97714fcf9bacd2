import type { Clock } from "../core/ports/clock.ts";
import type { BakeOutput, BakeProblem, Baker, BakeStep } from "../core/recipe/baker.ts";
import { ok, type Result, refused } from "../core/result.ts";
import type { Answer, Order } from "./kitchen/messages.ts";
import type { Step } from "./kitchen/recipe.ts";
import type { Lost } from "./kitchen-process.ts";
import { type KitchensOptions, kitchens, type Lease } from "./kitchens.ts";
import type { OperationIndex } from "./operation-index.ts";
import { arrangeArguments } from "./step-arguments.ts";
import { type TimeLeft, timeLeft } from "./time-left.ts";

export interface ProcessBakerOptions extends KitchensOptions {
  readonly index: OperationIndex;
  /** No bake takes longer, whatever its request allows. The time in line counts too. */
  readonly operationTimeoutMs: number;
  readonly clock: Clock;
}

/** How V8 and the watch end a process that has used up its memory. */
const MEMORY_SIGNALS: ReadonlySet<string> = new Set(["SIGKILL", "SIGABRT", "SIGTRAP", "SIGILL"]);

/** A process that holds more than this share of its memory after a bake is not given another. */
const KEPT_SHARE_MAX = 1 / 2;

/**
 * Bakes in processes of their own, one bake at a time in each: an operation can use up memory in ways that end the
 * whole process it is in (a fatal error of V8 ends every thread), and none may reach what the caller's process holds.
 * Processes start when they are needed and are kept for later bakes.
 *
 * @param options `buildDir` is what `buildCyberChef` made. `memoryBytesMax` bounds what one process holds resident,
 *   about 60 MB of which are its own. `queueMax` bakes wait for a process; more are refused as `busy`.
 */
export function processBaker({ index, clock, operationTimeoutMs, ...options }: ProcessBakerOptions): Baker {
  const { memoryBytesMax } = options;
  const pool = kitchens(options);
  const total = { completed: 0, runMs: 0 };
  const underWay = new Set<TimeLeft>();
  let closed = false;

  async function bakeInTime(order: Order, time: TimeLeft): Promise<Result<BakeOutput, BakeProblem>> {
    const taken = await pool.take(time.signal);
    const beganAtMs = clock.nowMs();
    if (!taken.ok) return refused(taken.problem === "full" ? busy() : cutShort(time, order));
    const ending = await bakeAt(taken.value, order, time.signal, memoryBytesMax * KEPT_SHARE_MAX);
    total.completed += 1;
    total.runMs += clock.nowMs() - beganAtMs;
    if (ending.kind !== "lost") return resultOf(ending);
    return refused(time.signal.aborted ? cutShort(time, order) : problemOfLost(ending, order, memoryBytesMax));
  }

  function busy(): BakeProblem {
    const { waiting } = pool.counts();
    const eachMs = total.completed === 0 ? 1000 : total.runMs / total.completed;
    const waitMs = (waiting * eachMs) / options.processesMax;
    return { reason: "busy", retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
  }

  return {
    async bake({ input, steps: asked, timeoutMs }, signal) {
      const steps = prepareSteps(index, asked);
      if (!steps.ok) return steps;
      if (closed) return refused({ reason: "cancelled" });
      const order = { input, steps: steps.value, timeoutMs: Math.min(timeoutMs, operationTimeoutMs) };
      const time = timeLeft(clock, order.timeoutMs, signal);
      underWay.add(time);
      try {
        return await bakeInTime(order, time);
      } finally {
        underWay.delete(time);
        time.forget();
      }
    },
    stats() {
      const { processes, busy, waiting } = pool.counts();
      return { threads: processes, busy, waiting };
    },
    async close() {
      closed = true;
      for (const time of underWay) time.cancel();
      pool.close();
    },
  };
}

/** Everything that can be refused without running it: names, operations that can't be run here, arguments. */
function prepareSteps(index: OperationIndex, asked: readonly BakeStep[]): Result<readonly Step[], BakeProblem> {
  const steps: Step[] = [];
  for (const { operation: name, args } of asked) {
    const operation = index.named(name);
    if (operation === undefined) {
      return refused({ reason: "operation_unknown", operation: name, suggestions: index.suggest(name) });
    }
    if (operation.unsupported !== undefined) {
      return refused({ reason: "operation_unsupported", operation: operation.name, why: operation.unsupported });
    }
    const arranged = arrangeArguments(operation, args);
    if (!arranged.ok) return refused({ reason: "argument_invalid", operation: operation.name, ...arranged.problem });
    steps.push({ op: operation.name, args: arranged.value });
  }
  return ok(steps);
}

async function bakeAt(lease: Lease, order: Order, until: AbortSignal, keptBytesMax: number): Promise<Answer | Lost> {
  const { kitchen, giveBack } = lease;
  const end = () => kitchen.end();
  until.addEventListener("abort", end, { once: true });
  if (until.aborted) end();
  let keep = false;
  try {
    const ending = await kitchen.bake(order);
    keep = ending.kind !== "lost" && !ending.closing && ending.residentBytes < keptBytesMax;
    return ending;
  } finally {
    until.removeEventListener("abort", end);
    giveBack(keep);
  }
}

function resultOf(answer: Answer): Result<BakeOutput, BakeProblem> {
  if (answer.kind === "served") return ok({ output: answer.output, type: answer.type });
  return refused({ reason: "operation_failed", operation: answer.operation, message: answer.message });
}

function cutShort({ why }: TimeLeft, { timeoutMs }: Order): BakeProblem {
  return why === "timeout" ? { reason: "timeout", timeoutMs } : { reason: "cancelled" };
}

/** A process that ended otherwise was brought down by an operation; by which of several, it could not say. */
function problemOfLost({ signal }: Lost, { steps }: Order, bytesMax: number): BakeProblem {
  if (signal !== null && MEMORY_SIGNALS.has(signal)) return { reason: "out_of_memory", bytesMax };
  const operation = steps.map(({ op }) => op).join(", ");
  return { reason: "operation_failed", operation, message: "the input brought its process down" };
}
