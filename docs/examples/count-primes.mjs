import { defineTool, form, z } from "skein/toolkit";

const SLICE = 50_000;

export default defineTool({
  name: "count_primes",
  description: "Counts the primes below a number",
  input: z.object({ below: z.int().min(2).max(50_000_000) }),
  mode: "job",
  async run({ below }, ctx) {
    if (below > 10_000_000) {
      const { go } = await ctx.ask({ go: form({ message: "This takes minutes. Go on?", schema: z.object({}) }) });
      if (go.action !== "accept") return "Not counted.";
    }
    // What a run before this one has noted, where there was one.
    let { next, count } = (await ctx.job?.notes.get("so far")) ?? { next: 2, count: 0 };
    while (next < below) {
      ctx.signal.throwIfAborted();
      const end = Math.min(next + SLICE, below);
      for (; next < end; next++) if (isPrime(next)) count++;
      await ctx.job?.notes.put("so far", { next, count });
      ctx.progress(next, below);
    }
    return `${count} primes`;
  },
});

function isPrime(number) {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
