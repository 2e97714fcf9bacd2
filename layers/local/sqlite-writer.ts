/**
 * The thread that writes one SQLite file: an entry point of its own, started by `write-thread.ts` and bundled beside
 * whatever imports that.
 */
import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { QUEUE_FORMAT, queueWriter } from "./queue-file.ts";
import { inTransaction, leaveToSystem, openSqliteFile, type SqliteFormat, waitFairly } from "./sqlite-file.ts";
import { TABLE_FORMAT, tableWriter } from "./table-file.ts";
import { isWriterTask, type WriterReply, type WriterRequest, type WriterTask } from "./writer-messages.ts";

interface Store<Write, Answer> {
  readonly format: SqliteFormat;
  readonly writer: (database: DatabaseSync) => (write: Write) => Answer;
}

function serve<Write, Answer>(port: MessagePort, task: WriterTask, store: Store<Write, Answer>): void {
  const database = openSqliteFile(task.file, store.format);
  if (task.committed === "to system") leaveToSystem(database);
  waitFairly(database);
  const apply = store.writer(database);
  port.on("message", (request: WriterRequest<Write>) => {
    if (request === "close") {
      database.close();
      port.close();
      return;
    }
    port.postMessage(commit(() => request.map(apply)));
  });

  function commit(work: () => readonly Answer[]): WriterReply<Answer> {
    try {
      return { answers: inTransaction(database, work) };
    } catch (fault) {
      return { fault };
    }
  }
}

if (parentPort !== null && isWriterTask(workerData)) {
  if (workerData.store === "table") serve(parentPort, workerData, { format: TABLE_FORMAT, writer: tableWriter });
  else serve(parentPort, workerData, { format: QUEUE_FORMAT, writer: queueWriter });
}
