import * as z from "zod";
import type { BakeStep } from "../../core/recipe/baker.ts";
import type { Bakery } from "./bakery.ts";
import { type ChefTool, chefTool } from "./chef-tool.ts";
import { BAKE_STEPS_MAX } from "./limits.ts";
import type { Meterage } from "./metered-call.ts";

const stepArguments = () =>
  z
    .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .describe(
      'Arguments by name, {"key":{"option":"Hex","string":"00ff"}}, or by position; those left out take defaults',
    );

const bakeInputStep = () =>
  z.union([
    z.string().min(1).describe("Operation name, with default arguments"),
    z.object({
      op: z.string().min(1).describe("Operation name"),
      args: stepArguments().optional(),
      disabled: z.boolean().optional().describe("true leaves the operation out"),
    }),
  ]);

export function bakeTools(meterage: Meterage, bakery: Bakery): readonly ChefTool[] {
  return [bakeTool(meterage, bakery), magicTool(meterage, bakery)];
}

function bakeTool(meterage: Meterage, bakery: Bakery): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_bake",
    title: "Bake a recipe",
    description:
      "Runs data through a CyberChef recipe: one or more operations, each working on the output of the one before. " +
      "Any operation of CyberChef can be named, flow control included (Fork, Merge, Register, Jump, Subsection). " +
      "Find names with cyberchef_search and arguments with cyberchef_describe_operation. " +
      'Example: {"input":"aGVsbG8=","recipe":["From Base64",{"op":"To Hex","args":{"delimiter":"None"}}]}. ' +
      "Answers with the output as text.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        input: z.string().describe("The data"),
        recipe: z.array(bakeInputStep()).max(BAKE_STEPS_MAX).describe("The operations, in order"),
      }),
    run: ({ input, recipe }, call) => bakery.bake(input, recipe.flatMap(bakeSteps), call),
  });
}

function bakeSteps(step: z.infer<ReturnType<typeof bakeInputStep>>): readonly BakeStep[] {
  if (typeof step === "string") return [{ operation: step }];
  if (step.disabled === true) return [];
  return [{ operation: step.op, ...(step.args === undefined ? {} : { args: step.args }) }];
}

function magicTool(meterage: Meterage, bakery: Bakery): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_magic",
    title: "Detect encodings",
    description:
      "Guesses how data is encoded, compressed or encrypted, and which recipe decodes it. Use it on data of unknown " +
      "origin. Answers with JSON: candidate recipes, best first, with what each gives and why it looks right.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.looseObject({
        input: z.string().describe("The data"),
        depth: z.int().min(1).max(10).optional().describe("Layers to undo, 3 unless given"),
        intensive_mode: z.boolean().optional().describe("Also try brute force (XOR, bit rotation, character sets)"),
        extensive_language_support: z.boolean().optional().describe("Judge text by 245 languages instead of 38"),
        crib_known_plaintext_string_or_regex: z
          .string()
          .optional()
          .describe("Text or regular expression that the plaintext is known to contain"),
      }),
    run: ({ input, ...args }, call) => bakery.bake(input, [{ operation: "Magic", args }], call),
  });
}
