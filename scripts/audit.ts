/** `npm run audit`: lists and verifies the audit log of a cell's data folder, or of a deployed stage. */
import process from "node:process";
import { runAuditCommand } from "../layers/local/audit-command.ts";

process.exitCode = await runAuditCommand(process.argv.slice(2), {
  workingDir: process.cwd(),
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
  // Loaded for a stage alone: a cell's own folder needs neither the plan nor an SDK.
  async openStage(named) {
    const [{ openStageLog }, { PLAN }] = await Promise.all([import("./audit/stage-log.ts"), import("../lib/plan.ts")]);
    return openStageLog(named, { plan: PLAN, environment: process.env });
  },
});
