import { defineTool, form, z } from "skein/toolkit";

export default defineTool({
  name: "greet",
  description: "Asks who is there and greets them",
  input: z.object({ greeting: z.string().default("Hello") }),
  async run({ greeting }, ctx) {
    const { who } = await ctx.ask({ who: form({ message: "Who is there?", schema: z.object({ name: z.string() }) }) });
    return who.action === "accept" ? `${greeting}, ${who.content.name}!` : "Then not.";
  },
});
