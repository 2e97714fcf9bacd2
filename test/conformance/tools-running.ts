import { setTimeout as delay } from "node:timers/promises";
import { defineTool, z } from "skein/toolkit";

const nothing = z.object({});
/** The scenarios ask for pauses of about this length, so that each message is seen on its own. */
const PAUSE_MS = 50;

/** Tools that say something while they run, or to others. */
export const running = [
  defineTool({
    name: "test_tool_with_progress",
    description: "Reports progress of 0, 50 and 100 out of 100.",
    input: nothing,
    run: async (_args, scope) => {
      for (const done of [0, 50, 100]) {
        scope.progress(done, 100, `Completed step ${done} of 100`);
        if (done < 100) await delay(PAUSE_MS, undefined, { signal: scope.signal });
      }
      return "Progress reported.";
    },
  }),
  defineTool({
    name: "test_tool_with_logging",
    description: "Sends three messages of level info.",
    input: nothing,
    run: async (_args, scope) => {
      scope.log("info", "Tool execution started");
      await delay(PAUSE_MS, undefined, { signal: scope.signal });
      scope.log("info", "Tool processing data");
      await delay(PAUSE_MS, undefined, { signal: scope.signal });
      scope.log("info", "Tool execution completed");
      return "Tool with logging executed successfully";
    },
  }),
  defineTool({
    name: "test_logging_tool",
    description: "Sends one message; a caller that named no level never sees it.",
    input: nothing,
    run: (_args, scope) => {
      scope.log("info", { step: "only" }, "conformance");
      return "Logged.";
    },
  }),
  defineTool({
    name: "test_reconnection",
    description: "Closes the caller's stream and answers when the caller has come back for the reply.",
    input: nothing,
    run: async (_args, scope) => {
      await scope.detach();
      await delay(2 * PAUSE_MS, undefined, { signal: scope.signal });
      return "Reconnection test completed successfully.";
    },
  }),
  defineTool({
    name: "test_trigger_tool_change",
    description: "Tells those who listen that the list of tools has changed.",
    input: nothing,
    run: async (_args, scope) => {
      await scope.changed("tools");
      return "Told.";
    },
  }),
  defineTool({
    name: "test_trigger_prompt_change",
    description: "Tells those who listen that the list of prompts has changed.",
    input: nothing,
    run: async (_args, scope) => {
      await scope.changed("prompts");
      return "Told.";
    },
  }),
];
