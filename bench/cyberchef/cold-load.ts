/** Prints how long the chunk of one operation takes to load beside what every baking process has loaded at its start. */
import process from "node:process";
import { pathToFileURL } from "node:url";

const [runtime = "", chunk = ""] = process.argv.slice(2);
await import(pathToFileURL(runtime).href);

const startedMs = performance.now();
const { default: Operation } = await import(pathToFileURL(chunk).href);
new Operation();
process.stdout.write(`${performance.now() - startedMs}\n`);
