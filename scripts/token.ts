/** `npm run token`: prints a token for a cell's data folder. */
import process from "node:process";
import { runTokenCommand } from "../layers/local/token-command.ts";

process.exitCode = await runTokenCommand(process.argv.slice(2), {
  workingDir: process.cwd(),
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
});
