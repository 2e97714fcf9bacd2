import { join } from "node:path";
import { fileLogs } from "../../../../layers/local/log/file-logs.ts";
import { logContract } from "../../../contracts/log.contract.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { temporaryFolder } from "../../../fixtures/temporary-folder.ts";

logContract("files", async () => {
  const folder = await temporaryFolder();
  const clock = manualClock();
  const logs = fileLogs({ folder: join(folder.path, "logs"), clock });
  return {
    logs,
    clock,
    tellsStreams: true,
    countsMissed: true,
    async write(tenantId, projectId, lines) {
      const writer = logs.writer(tenantId, projectId);
      await writer.append(lines).finally(() => writer.close());
    },
    close: folder.remove,
  };
});
