import type { ChildProcess } from "node:child_process";

/** Sends a process a question and waits for its one answer. The processes of the benchmark answer in their own types. */
export function asked<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null): void => reject(new ProcessEnded(code));
    child.once("exit", exited);
    child.once("message", (answer) => {
      child.off("exit", exited);
      resolve(answer as Answer);
    });
    child.send(question);
  });
}

export class ProcessEnded extends Error {
  readonly code = "process_ended";
  constructor(exitCode: number | null) {
    super(`a process of the benchmark ended with ${exitCode} in the middle of a measurement`);
    this.name = "ProcessEnded";
  }
}
