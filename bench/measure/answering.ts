import process from "node:process";

/** Answers each question of the parent process in turn, and says before the first that it is ready. */
export function answering<Question>(answer: (question: Question) => Promise<object>): void {
  process.on("message", (question: Question) => {
    answer(question).then(
      (reply) => process.send?.(reply),
      (fault: unknown) => {
        process.stderr.write(`${String(fault)}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.("ready");
}

export class NotAsked extends Error {
  readonly code = "not_asked";
  constructor(ask: string) {
    super(`this process does not answer "${ask}"`);
    this.name = "NotAsked";
  }
}
