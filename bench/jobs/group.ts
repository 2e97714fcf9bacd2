import type { Group } from "../group.ts";
import { cost } from "./cost.ts";
import { logs } from "./logs.ts";
import { throughput } from "./throughput.ts";
import { waits } from "./waits.ts";

export const jobs: Group = {
  about:
    "jobs on the embedded stores: how many a second, how soon they start, and what one costs in AWS; projects’ logs",
  async measure(settings) {
    const compared = await throughput(settings);
    const rows = [...(await waits(settings)), ...(await cost(settings))];
    const found = await logs(settings);
    return { comparisons: [...compared, found.comparison], rows: [...rows, ...found.rows] };
  },
};
