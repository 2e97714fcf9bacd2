/**
 * A well-known queue of jobs in SQLite, on Node's own SQLite. `FULL` has each of its commits on the disk before it goes on,
 * as ours are; `NORMAL` is how it comes: what it acknowledged survives a killed process, and not a power cut.
 */
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { type Connection, defineQueue, defineWorker } from "plainjob";
import type { JobQuestion } from "../jobs/questions.ts";
import { answering, NotAsked } from "../measure/answering.ts";

const [, , dataDir = "", synchronous = "FULL"] = process.argv;
const database = new DatabaseSync(join(dataDir, "plainjob.sqlite"));
const silent = { error: (text: string) => process.stderr.write(`${text}\n`), warn() {}, info() {}, debug() {} };

const connection: Connection = {
  driver: "better-sqlite3",
  filename: "",
  pragma: (text) => database.exec(`PRAGMA ${text}`),
  exec: (text) => database.exec(text),
  prepare: (text) => database.prepare(text),
  close: () => database.close(),
  transaction: (work) => ({
    immediate() {
      database.exec("BEGIN IMMEDIATE");
      const outcome = work();
      database.exec("COMMIT");
      return outcome;
    },
  }),
};
const queue = defineQueue({ connection, logger: silent });
database.exec(`PRAGMA synchronous = ${synchronous}`);

async function workOff(count: number): Promise<{ readonly seconds: number }> {
  const startedMs = performance.now();
  for (let index = 0; index < count; index++) queue.add("work", { input: index });
  let ended = 0;
  const worker = defineWorker("work", () => {}, {
    queue,
    logger: silent,
    onCompleted() {
      if (++ended === count) void worker.stop();
    },
  });
  await worker.start();
  return { seconds: (performance.now() - startedMs) / 1_000 };
}

answering(async (question: JobQuestion) => {
  if (question.ask !== "work off") throw new NotAsked(question.ask);
  return workOff(question.jobs);
});
