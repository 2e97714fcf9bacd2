/** `npm run workspace`: sends a folder to be the workspace of a project. */
import process from "node:process";
import { runWorkspaceCommand } from "../layers/local/workspace/workspace-command.ts";

process.exitCode = await runWorkspaceCommand(process.argv.slice(2), {
  workingDir: process.cwd(),
  token: process.env.SKEIN_TOKEN,
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
  isWatched: process.stderr.isTTY === true,
});
