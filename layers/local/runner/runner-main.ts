/** The runner's process: an entry point of its own, started by `runner-link.ts` and bundled beside what imports that. */
import process from "node:process";
import { runRunner } from "./run-runner.ts";

const [, , dataDir = "", means, idle] = process.argv;
const idleEndMs = Number(idle);
await runRunner({
  dataDir,
  means: means === "watch" || means === "ps" ? means : "all",
  ...(Number.isFinite(idleEndMs) && { idleEndMs }),
});
