/** `npm run audit`: lists and verifies the audit log of a cell's data folder. */
import process from "node:process";
import { runAuditCommand } from "../layers/local/audit-command.ts";

process.exitCode = await runAuditCommand(process.argv.slice(2), {
  workingDir: process.cwd(),
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
});
