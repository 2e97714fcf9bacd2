/**
 * The thread that writes one SQLite file: an entry point of its own, started by `write-thread.ts` and bundled beside
 * whatever imports that.
 */
import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { QUEUE_FORMAT, queueWriter } from "./queue-file.ts";
import { inTransaction, openSqliteFile, type SqliteFormat, waitFairly } from "./sqlite-file.ts";
import { TABLE_FORMAT, tableWriter } from "./table-file.ts";
import { isWriterTask, type WriterReply, type WriterRequest } from "./writer-messages.ts";

interface Store<Write, Answer> {
  readonly format: SqliteFormat;
  readonly writer: (database: DatabaseSync) => (write: Write) => Answer;
}

function serve<Write, Answer>(port: MessagePort, file: string, store: Store<Write, Answer>): void {
  const database = openSqliteFile(file, store.format);
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
  const { file, store } = workerData;
  if (store === "table") serve(parentPort, file, { format: TABLE_FORMAT, writer: tableWriter });
  else serve(parentPort, file, { format: QUEUE_FORMAT, writer: queueWriter });
}
