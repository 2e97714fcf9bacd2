import { setTimeout as delay } from "node:timers/promises";
import { defineTool, form, ToolError, z } from "skein/toolkit";

const nothing = z.object({});
const SECOND_MS = 1_000;
const askName = form({ message: "What is your name?", schema: z.object({ name: z.string() }) });
const askConfirmation = (message: string) => form({ message, schema: z.object({ confirm: z.boolean() }) });

/** What the scenarios of the tasks extension call: names, arguments and texts are theirs. */
export const asJobs = [
  defineTool({
    name: "greet",
    description: "Greets somebody, at once.",
    input: z.object({ name: z.string() }),
    run: ({ name }) => `Hello, ${name}!`,
  }),
  defineTool({
    name: "slow_compute",
    description: "Takes as many seconds as it is told to.",
    input: z.object({ seconds: z.number().min(0), label: z.string().default("") }),
    mode: "job",
    run: async ({ seconds, label }, scope) => {
      for (let passed = 0; passed < seconds; passed++) {
        scope.progress(passed, seconds);
        await delay(Math.min(seconds - passed, 1) * SECOND_MS, undefined, { signal: scope.signal });
      }
      return `Computed ${label} in ${seconds} s.`;
    },
  }),
  defineTool({
    name: "failing_job",
    description: "Fails after a second, in a way that the model can read. Only for clients with tasks.",
    input: nothing,
    mode: "job",
    taskOnly: true,
    run: async (_args, scope) => {
      await delay(SECOND_MS, undefined, { signal: scope.signal });
      throw new ToolError("This job always fails.");
    },
  }),
  defineTool({
    name: "protocol_error_job",
    description: "Breaks, in a way that nobody can do anything about.",
    input: nothing,
    mode: "job",
    rerunnable: false,
    run: () => {
      throw new TypeError("broken on purpose");
    },
  }),
  defineTool({
    name: "confirm_delete",
    description: "Asks for a confirmation while it works.",
    input: z.object({ filename: z.string() }),
    mode: "job",
    run: async ({ filename }, scope) => {
      const { sure } = await scope.ask({ sure: askConfirmation(`Delete ${filename}?`) });
      return sure.action === "accept" && sure.content.confirm ? `Deleted ${filename}.` : `Kept ${filename}.`;
    },
  }),
  defineTool({
    name: "multi_input",
    description: "Asks two things at once while it works.",
    input: nothing,
    mode: "job",
    run: async (_args, scope) => {
      const { first, second } = await scope.ask({ first: askName, second: askConfirmation("Go on?") });
      return `${first.action}, ${second.action}`;
    },
  }),
  defineTool({
    name: "test_tool_with_task",
    description: "Asks for a name before it begins to work. Only for clients with tasks.",
    input: nothing,
    mode: "job",
    taskOnly: true,
    prepare: async (_args, scope) => {
      await scope.ask({ user_name: askName });
    },
    run: async (_args, scope) => {
      const { user_name } = await scope.ask({ user_name: askName });
      return `Done for ${user_name.action === "accept" ? user_name.content.name : "nobody"}.`;
    },
  }),
];
