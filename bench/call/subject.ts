import process from "node:process";
import { AnswerWrong, type EchoCall, echoCall, isAnswer } from "../echo/echo-call.ts";
import type { Answerer } from "./answerer.ts";

/** Asks a subject's process for a window of calls. */
export interface CallWindow {
  readonly callCount: number;
  /** So many of its tools are called, in turn. */
  readonly calledCount: number;
}

export interface CallCost {
  /** User and system time of all threads, garbage collection and all. */
  readonly cpuMicrosPerCall: number;
}

/**
 * The whole of a subject's process: with `boot` for an argument it answers one call and tells how long after its own
 * start that was; else that is how many tools it has, and it makes windows of calls for its parent.
 */
export function runSubject(newAnswerer: (toolCount: number) => Answerer): void {
  const [, , mode = "boot"] = process.argv;
  if (mode === "boot") {
    void answerFirst(newAnswerer(1));
    return;
  }
  const answerer = newAnswerer(Number(mode));
  let number = 0;
  process.on("message", async ({ callCount, calledCount }: CallWindow) => {
    const calls = Array.from({ length: callCount }, () => echoCall(number++, calledCount));
    process.send?.(await costOf(answerer, calls));
  });
}

async function answerFirst(answerer: Answerer): Promise<void> {
  const call = echoCall(0, 1);
  const reply = await answerer(call);
  const bootMs = performance.now();
  if (!isAnswer(reply, call)) throw new AnswerWrong(reply);
  process.stdout.write(`${bootMs}\n`);
}

async function costOf(answerer: Answerer, calls: readonly EchoCall[]): Promise<CallCost> {
  const before = process.cpuUsage();
  for (const call of calls) {
    const reply = await answerer(call);
    if (!isAnswer(reply, call)) throw new AnswerWrong(reply);
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMicrosPerCall: (user + system) / calls.length };
}
