import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import { NO_USAGE } from "../../layers/core/usage/usage-kind.ts";
import { usageMessage } from "../../layers/core/usage/usage-message.ts";
import { type HostedWorker, WorkerWithoutQueue } from "../../layers/local/lambda/hosted-worker.ts";
import { queueEvent } from "../../layers/local/lambda/queue-batch.ts";
import { scheduleEvent } from "../../layers/local/lambda/schedule-source.ts";
import { AnswerWrong } from "../echo/echo-call.ts";
import type { ColdCall } from "./calls.ts";

/** Nothing of the batch is to come again. */
const ALL_DONE = '"batchItemFailures":[]';
const HOUR_MS = 3_600_000;
const RECEIVING = { max: 1, visibilitySeconds: 60, waitSeconds: 10 } as const;

/** Each time a message that `send` has just brought to the worker's queue. */
export function queuedCall(worker: HostedWorker, send: () => Promise<unknown>): ColdCall {
  const { queue, ...place } = placeOf(worker);
  return {
    async event() {
      await send();
      const [message] = await queue.receive(RECEIVING);
      if (message === undefined) throw new AnswerWrong(`nothing came for ${worker.shape.name}`);
      await queue.complete(message.receipt);
      return queueEvent([message], { ...place, nowEpochMs: Date.now() });
    },
    answer: ALL_DONE,
  };
}

/** Each time what a process has counted by then. */
export function usageCall(worker: HostedWorker, tenantId: TenantId): ColdCall {
  const place = placeOf(worker);
  let seq = 0;
  return {
    event() {
      seq++;
      const nowEpochMs = Date.now();
      const epochHour = Math.floor(nowEpochMs / HOUR_MS);
      const body = usageMessage([{ source: "bench.0", seq, epochHour, totals: { ...NO_USAGE, calls: seq } }]);
      const message = { id: `m${seq}`, tenantId, body, attempt: 1, receipt: `r${seq}` };
      return queueEvent([message], { ...place, nowEpochMs });
    },
    answer: ALL_DONE,
  };
}

/** A work of the worker's that has come due. */
export function scheduledCall({ arnPrefix, functionName }: HostedWorker, work: string): ColdCall {
  const scheduleArnPrefix = `${arnPrefix("scheduler")}schedule/default/${functionName}`;
  return {
    event: (executionId) => scheduleEvent(work, { scheduleArnPrefix, dueAtMs: Date.now(), executionId }),
    answer: '"isFinished":true',
  };
}

function placeOf({ source, shape, arnPrefix, region }: HostedWorker) {
  if (source === undefined) throw new WorkerWithoutQueue(shape.name);
  return { queue: source.queue, queueArn: `${arnPrefix("sqs")}${source.name}`, region };
}
