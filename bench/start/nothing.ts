/** How long a process takes that does nothing. */
import process from "node:process";

process.stdout.write(`${performance.now()}\n`);
