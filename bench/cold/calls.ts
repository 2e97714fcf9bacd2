import type { EnvironmentPool } from "../../layers/local/lambda/environment-pool.ts";
import type { InvocationOutcome } from "../../layers/local/lambda/invocation.ts";
import { AnswerWrong } from "../echo/echo-call.ts";

/** What a function is invoked with, in JSON, and what its answer has to hold. */
export interface ColdCall {
  /** Made anew for each invocation, before its time begins: some find only once what they are to do. */
  readonly event: (requestId: string) => string | Promise<string>;
  readonly answer: string;
}

let callCount = 0;

/** @returns how long it took from the call to the last byte of its answer. */
export async function tookMs(pool: Pick<EnvironmentPool, "invoke">, call: ColdCall): Promise<number> {
  const { ms } = await timed(pool, call);
  return ms;
}

/** @throws {AnswerWrong} where it does not hold what it has to. */
export async function answerOf(pool: Pick<EnvironmentPool, "invoke">, call: ColdCall): Promise<string> {
  const { reply } = await timed(pool, call);
  return reply;
}

async function timed(pool: Pick<EnvironmentPool, "invoke">, call: ColdCall) {
  const requestId = `00000000-0000-4000-8000-${String(++callCount).padStart(12, "0")}`;
  const event = await call.event(requestId);
  const startedMs = performance.now();
  const reply = await textOf(await pool.invoke({ requestId, event }));
  const ms = performance.now() - startedMs;
  // In a whole reply the body is a text in JSON.
  if (!reply.replaceAll("\\", "").includes(call.answer)) throw new AnswerWrong(reply);
  return { reply, ms };
}

async function textOf(outcome: InvocationOutcome): Promise<string> {
  if (outcome.kind === "error") return JSON.stringify(outcome.error);
  if (outcome.kind === "whole") return outcome.body.toString();
  const chunks: Buffer[] = [];
  for await (const chunk of outcome.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/**
 * The call with its first so many events made ahead: what it takes to make them is then no part of what the machine does
 * while it is measured.
 */
export async function stocked(call: ColdCall, count: number): Promise<ColdCall> {
  const stock: string[] = [];
  for (let made = 0; made < count; made++) stock.push(await call.event(`bench-${made}`));
  return { ...call, event: (requestId) => stock.shift() ?? call.event(requestId) };
}
