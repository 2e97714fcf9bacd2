import { runnerContract } from "../../../contracts/runner.contract.ts";
import { openFargateRunner, putWorkspace } from "../../../fixtures/fargate-parts.ts";

runnerContract("Fargate", async () => {
  const { runner, blob, close } = await openFargateRunner();
  return {
    runner,
    close,
    makeFolder: (tenantId, name) => putWorkspace({ blob }, tenantId, { name, files: {} }),
    // Each task has an address of its own.
    freePort: async () => 3_000,
  };
});
