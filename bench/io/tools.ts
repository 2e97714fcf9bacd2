import { defineTool, form, type Toolkit, z } from "../../layers/local/toolkit-api.ts";

/** More than an item holds, so that it lies in a blob. */
const REPORT_BYTES = 500_000;

/** One tool for each way in which a call can use the stores. */
export function askingTools(): Toolkit {
  const input = z.object({ message: z.string() });
  return [
    defineTool({
      name: "look",
      description: "Answers with the message and changes nothing",
      annotations: { readOnlyHint: true },
      input,
      run: ({ message }) => message,
    }),
    defineTool({
      name: "change",
      description: "Answers with the message, as if it had changed something",
      input,
      run: ({ message }) => message,
    }),
    defineTool({
      name: "report",
      description: "Answers with half a megabyte, as if it had changed something",
      input,
      run: ({ message }) => message.padEnd(REPORT_BYTES, "."),
    }),
    defineTool({
      name: "ask",
      description: "Asks the person for a name",
      input,
      async run({ message }, ctx) {
        const { who } = await ctx.ask({ who: form({ message, schema: z.object({ name: z.string() }) }) });
        return who.action === "accept" ? who.content.name : "nobody";
      },
    }),
  ];
}
