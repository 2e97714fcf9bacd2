import type { Clock } from "../../core/ports/clock.ts";
import type { Baker, BakeStep } from "../../core/recipe/baker.ts";
import { ok, refused } from "../../core/result.ts";
import type { BakeResults } from "./bake-results.ts";
import { invalidInput } from "./chef-failure.ts";
import type { Answer, ChefCall } from "./chef-tool.ts";
import { bakeFailure } from "./failure-of.ts";
import { ANSWER_MARGIN_MS, BAKE_TIMEOUT_MS_MAX, INPUT_BYTES_MAX } from "./limits.ts";
import type { NamedStep, OperationBook } from "./operation-book.ts";

/** Bakes for all tools: within the limits, within the call's time, and not twice what was baked before. */
export class Bakery {
  readonly #baker: Baker;
  readonly #clock: Clock;
  readonly #results: BakeResults;
  readonly #book: OperationBook;

  constructor(deps: {
    readonly baker: Baker;
    readonly clock: Clock;
    readonly results: BakeResults;
    readonly book: OperationBook;
  }) {
    this.#baker = deps.baker;
    this.#clock = deps.clock;
    this.#results = deps.results;
    this.#book = deps.book;
  }

  async bake(input: string, steps: readonly BakeStep[], call: ChefCall): Promise<Answer> {
    const named = this.#book.nameSteps(steps);
    return named.ok ? this.bakeNamed(input, named.value, call) : refused(bakeFailure(named.problem));
  }

  async bakeNamed(input: string, steps: readonly NamedStep[], call: ChefCall): Promise<Answer> {
    const inputBytes = Buffer.byteLength(input);
    call.tally.inputBytes += inputBytes;
    call.tally.bakes += 1;
    if (inputBytes > INPUT_BYTES_MAX) {
      const sizes = { inputSize: inputBytes, maxSize: INPUT_BYTES_MAX };
      return refused(invalidInput(`Input size (${inputBytes} bytes) exceeds maximum allowed size`, sizes));
    }
    const key = await this.#results.keyOf(call.tenantId, { input, steps, version: this.#book.version });
    const before = key === undefined ? undefined : await this.#results.find(call.tenantId, key);
    if (before !== undefined) {
      call.tally.cachedBakes += 1;
      return ok(before);
    }
    const baked = await this.#bakeAnew(input, steps, call);
    if (baked.ok && key !== undefined) await this.#results.keep(call.tenantId, key, baked.value);
    return baked;
  }

  async #bakeAnew(input: string, steps: readonly NamedStep[], call: ChefCall): Promise<Answer> {
    const timeLeftMs = call.deadlineEpochMs - this.#clock.nowMs() - ANSWER_MARGIN_MS;
    if (timeLeftMs <= 0) return refused(bakeFailure({ reason: "timeout", timeoutMs: 0 }));
    const timeoutMs = Math.min(BAKE_TIMEOUT_MS_MAX, timeLeftMs);
    const request = { input, steps: steps.map(({ step }) => step), timeoutMs };
    const startedAtMs = this.#clock.nowMs();
    const baked = await this.#baker.bake(request, call.signal);
    call.tally.freshBakes += 1;
    call.tally.bakeMs += this.#clock.nowMs() - startedAtMs;
    return baked.ok ? ok(baked.value.output) : refused(bakeFailure(baked.problem));
  }
}
