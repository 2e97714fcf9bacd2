import process from "node:process";
import { AnswerWrong, echoCall, isAnswer } from "../echo/echo-call.ts";
import type { Answerer } from "./answerer.ts";

/** Asks a subject's process for a window of calls. */
export interface CallWindow {
  readonly callCount: number;
}

export interface CallCost {
  /** User and system time of all threads, garbage collection and all. */
  readonly cpuMicrosPerCall: number;
}

/**
 * The whole of a subject's process: with `boot` for an argument it answers one call and tells how long after its own
 * start that was; else it makes windows of calls for its parent.
 */
export function runSubject(newAnswerer: (toolCount: number) => Answerer): void {
  const [, , mode = "boot"] = process.argv;
  if (mode === "boot") {
    void answerFirst(newAnswerer(1));
    return;
  }
  const toolCount = Number(mode);
  const answerer = newAnswerer(toolCount);
  let number = 0;
  process.on("message", async ({ callCount }: CallWindow) => {
    const cost = await costOf(answerer, { toolCount, first: number, callCount });
    number += callCount;
    process.send?.(cost);
  });
}

async function answerFirst(answerer: Answerer): Promise<void> {
  const call = echoCall(0, 1);
  const reply = await answerer(call);
  const bootMs = performance.now();
  if (!isAnswer(reply, call)) throw new AnswerWrong(reply);
  process.stdout.write(`${bootMs}\n`);
}

async function costOf(
  answerer: Answerer,
  { toolCount, first, callCount }: { readonly toolCount: number; readonly first: number; readonly callCount: number },
): Promise<CallCost> {
  const calls = Array.from({ length: callCount }, (_, index) => echoCall(first + index, toolCount));
  const before = process.cpuUsage();
  for (const call of calls) {
    const reply = await answerer(call);
    if (!isAnswer(reply, call)) throw new AnswerWrong(reply);
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMicrosPerCall: (user + system) / callCount };
}
