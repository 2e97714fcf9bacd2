/** The process that makes the load: as many callers as it is told, each with its next call as soon as it has a reply. */
import process from "node:process";
import { AnswerWrong, echoCall, isAnswer } from "../echo/echo-call.ts";
import { percentile } from "../measure/spread.ts";
import { HttpConnection } from "./http-client.ts";
import type { LoadWindow, WindowResult } from "./load-window.ts";

let sentCount = 0;

process.on("message", async (window: LoadWindow) => process.send?.(await load(window)));

async function load({ port, connectionCount, durationMs }: LoadWindow): Promise<WindowResult> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    for (let nowMs = performance.now(); nowMs - startedMs < durationMs; ) {
      await call(connection);
      const answeredMs = performance.now();
      latenciesMs.push(answeredMs - nowMs);
      nowMs = answeredMs;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connectionCount }, caller));
  const tookMs = performance.now() - startedMs;
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    callCount: sorted.length,
    callsPerSecond: (sorted.length / tookMs) * 1_000,
    p50Ms: percentile(sorted, 50),
    p99Ms: percentile(sorted, 99),
  };
}

async function call(connection: HttpConnection): Promise<void> {
  const call = echoCall(sentCount++, 1);
  const { status, body } = await connection.post("/mcp", call.headers, call.body);
  if (status !== 200 || !isAnswer(body, call)) throw new AnswerWrong(`${status} ${body}`);
}
