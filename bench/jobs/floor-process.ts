/**
 * What SQLite itself takes for a job that is there on the disk after each of its three steps: submitted, claimed and ended,
 * in one table, by one thread that does nothing else. `together` is how many jobs share a commit.
 */
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { answering, NotAsked } from "../measure/answering.ts";
import type { JobQuestion } from "./questions.ts";

const [, , dataDir = "", together = "1"] = process.argv;
const batch = Number(together);
const database = new DatabaseSync(join(dataDir, "floor.sqlite"));
database.exec(`
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE jobs (id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX jobs_by_state ON jobs (state);`);
const insert = database.prepare("INSERT INTO jobs VALUES (?, 'queued', ?)");
const next = database.prepare("SELECT id FROM jobs WHERE state = 'queued' LIMIT 1");
const change = database.prepare("UPDATE jobs SET state = ?, body = ? WHERE id = ?");
const body = JSON.stringify({ kind: "work", title: "Work", input: 1, submitter: { subject: "bench" } });

let made = 0;
function inCommits(count: number, step: (index: number) => void): void {
  for (let done = 0; done < count; done += batch) {
    database.exec("BEGIN IMMEDIATE");
    for (let index = done; index < Math.min(done + batch, count); index++) step(index);
    database.exec("COMMIT");
  }
}

function workOff(count: number): { readonly seconds: number } {
  const startedMs = performance.now();
  const claimed: string[] = [];
  inCommits(count, () => void insert.run(`job-${made++}`, body));
  inCommits(count, () => {
    const id = String(next.get()?.id);
    change.run("running", body, id);
    claimed.push(id);
  });
  inCommits(count, (index) => void change.run("succeeded", body, claimed[index] ?? ""));
  return { seconds: (performance.now() - startedMs) / 1_000 };
}

answering(async (question: JobQuestion) => {
  if (question.ask !== "work off") throw new NotAsked(question.ask);
  return workOff(question.jobs);
});
