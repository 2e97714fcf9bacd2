import { defineTool, z } from "skein/toolkit";
import { echoToolName } from "./echo-tool-name.js";

/**
 * Tools that answer with what they are given.
 *
 * @param {number} count
 */
export function echoTools(count) {
  return Array.from({ length: count }, (_, index) =>
    defineTool({
      name: echoToolName(index),
      description: "Answers with the message",
      input: z.object({ message: z.string() }),
      run: ({ message }) => message,
    }),
  );
}
