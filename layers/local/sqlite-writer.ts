/**
 * The thread that writes one SQLite file: an entry point of its own, started by `write-thread.ts` and bundled beside
 * whatever imports that.
 */
import { parentPort, workerData } from "node:worker_threads";
import { inTransaction, openSqliteFile, waitFairly } from "./sqlite-file.ts";
import { TABLE_FORMAT, type TableWrite, tableWriter } from "./table-file.ts";
import { isWriterTask, type WriterReply, type WriterRequest, type WriterTask } from "./writer-messages.ts";

function serve(port: NonNullable<typeof parentPort>, task: WriterTask): void {
  const database = openSqliteFile(task.file, TABLE_FORMAT);
  waitFairly(database);
  const apply = tableWriter(database);
  port.on("message", (request: WriterRequest<TableWrite>) => {
    if (request === "close") {
      database.close();
      port.close();
      return;
    }
    port.postMessage(commit(() => request.map(apply)));
  });

  function commit<Answer>(work: () => readonly Answer[]): WriterReply<Answer> {
    try {
      return { answers: inTransaction(database, work) };
    } catch (fault) {
      return { fault };
    }
  }
}

if (parentPort !== null && isWriterTask(workerData)) serve(parentPort, workerData);
