import type { BakeOutput, BakeProblem, Baker, BakeStep } from "../../../layers/core/recipe/baker.ts";
import type { Result } from "../../../layers/core/result.ts";
import { type ProcessBakerOptions, processBaker } from "../../../layers/cyberchef/baker.ts";
import { type OperationIndex, operationIndex } from "../../../layers/cyberchef/operation-index.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { buildCyberChef, CYBERCHEF_BUILD } from "../../../scripts/build/cyberchef.ts";

export type Baked = Result<BakeOutput, BakeProblem>;
export type Input = string | { readonly hex: string };

/** A real baker over the real build, which is made first where it is stale. */
export interface BakerUnderTest {
  readonly baker: Baker;
  readonly index: OperationIndex;
  bake(input: Input, steps: readonly BakeStep[], signal?: AbortSignal): Promise<Baked>;
  /** The output; throws the refusal otherwise. */
  text(input: Input, steps: readonly BakeStep[]): Promise<string>;
}

const TIMEOUT_MS = 20_000;

export async function bakerUnderTest(changes: Partial<ProcessBakerOptions> = {}): Promise<BakerUnderTest> {
  await buildCyberChef({ report: () => {} });
  const index = operationIndex(CYBERCHEF_BUILD);
  const baker = processBaker({
    buildDir: CYBERCHEF_BUILD,
    index,
    processesMax: 2,
    memoryBytesMax: 512 * 2 ** 20,
    queueMax: 10_000,
    operationTimeoutMs: TIMEOUT_MS,
    clock: systemClock(),
    ...changes,
  });
  const bake: BakerUnderTest["bake"] = (input, steps, signal = new AbortController().signal) =>
    baker.bake({ ...withBytes(input, steps), timeoutMs: TIMEOUT_MS }, signal);
  return {
    baker,
    index,
    bake,
    async text(input, steps) {
      const baked = await bake(input, steps);
      if (!baked.ok) throw new Error(JSON.stringify(baked.problem));
      return baked.value.output;
    },
  };
}

/** Bytes that are no text go in as hex. */
function withBytes(input: Input, steps: readonly BakeStep[]) {
  if (typeof input === "string") return { input, steps };
  return { input: input.hex, steps: [{ operation: "From Hex", args: ["Auto"] }, ...steps] };
}
