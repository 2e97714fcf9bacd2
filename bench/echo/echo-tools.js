import { defineTool, z } from "skein/toolkit";

/**
 * Tools that answer with what they are given.
 *
 * @param {readonly string[]} names
 */
export function echoTools(names) {
  return names.map((name) =>
    defineTool({
      name,
      description: "Answers with the message",
      input: z.object({ message: z.string() }),
      run: ({ message }) => message,
    }),
  );
}
