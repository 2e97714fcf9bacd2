import * as z from "zod";
import type { Json } from "../core/ports/table.ts";
import { URGENCIES } from "../core/question/question.ts";

/** The first two are the Frontend Router's, word for word. */
export const askUserInput = () =>
  z.object({
    question: z.string().describe("The question to ask the user"),
    timeout_seconds: z.number().describe("Maximum time to wait for a response in seconds (default: 300)").optional(),
    choices: z.array(z.string()).describe("The answer is one of these; not together with schema").optional(),
    schema: z
      .record(z.string(), z.custom<Json>())
      .describe(
        "The answer is a form: a JSON Schema object whose properties are strings, numbers, booleans or choices, as in elicitation",
      )
      .optional(),
    to: z
      .string()
      .describe("Who may answer: everyone (default), role:<owner|admin|developer|viewer>, or member:<subject>")
      .optional(),
    urgency: z.enum(URGENCIES).describe("How the question is shown to people (default: normal)").optional(),
  });

export type AskUserArguments = z.infer<ReturnType<typeof askUserInput>>;
