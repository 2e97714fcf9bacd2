import { once } from "node:events";
import { withDataDir } from "../http/served.ts";
import { asked } from "../measure/asked.ts";
import { LOAD_CPU, type PinnedProcess, SUBJECT_CPU, spawnPinned } from "../measure/pinned-process.ts";
import { entryOf, type Subject } from "../subjects.ts";
import type { JobQuestion } from "./questions.ts";

export interface JobProcess {
  readonly pid: number;
  ask<Answer>(question: JobQuestion): Promise<Answer>;
}

/** Whom to start: one of the built entries, with what it is told after its data folder, and on which core. */
export interface JobSubject {
  readonly entry: Subject;
  readonly told: string;
  /** @default the core of subjects */
  readonly core?: "subject" | "load";
}

/** Starts processes on one new data folder, and ends them after the work. */
export function withJobProcesses<T>(
  subjects: readonly JobSubject[],
  work: (processes: readonly JobProcess[]) => Promise<T>,
): Promise<T> {
  return withDataDir(async (dataDir) => {
    const started: PinnedProcess[] = [];
    try {
      for (const { entry, told, core } of subjects) {
        const cpu = core === "load" ? LOAD_CPU : SUBJECT_CPU;
        const process = spawnPinned(cpu, [entryOf(entry), dataDir, told], { stdio: "ipc" });
        started.push(process);
        await once(process.child, "message"); // it is ready
      }
      return await work(started.map(({ child, pid }) => ({ pid, ask: (question) => asked(child, question) })));
    } finally {
      await Promise.all(started.map((process) => process.end()));
    }
  });
}
