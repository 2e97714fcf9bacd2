import process from "node:process";
import { ConnectionPush } from "../../layers/aws/connections/connection-push.ts";
import { connectionsClient } from "../../layers/aws/connections/connections-client.ts";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionConnections, functionQueues, functionTables } from "../../layers/aws/function-settings.ts";
import { sqsExtender, sqsSendClient, sqsSender } from "../../layers/aws/sqs-sender.ts";
import { Hearers } from "../../layers/core/delivery/hearers.ts";
import { Lanes } from "../../layers/core/delivery/lanes.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { standings } from "../../layers/core/tenant/standing.ts";
import { Meter } from "../../layers/core/usage/meter.ts";
import { lambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { peopleMetrics } from "../../layers/http/lambda/people-metrics.ts";
import { cpuMicroseconds } from "../../layers/node/cpu-microseconds.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { errorFrame, LAGGED, messageFrames } from "../../layers/people/wire/server-frame.ts";
import { FunctionPeople } from "../function-people.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { tenantPolicies } from "../tenant-policies.ts";
import { DeliveryConfig } from "./config.ts";
import { deliveryHandler } from "./handler.ts";
import { noWake } from "./no-wake.ts";

const config = readConfig(DeliveryConfig, process.env);
const clock = systemClock();
const chance = systemChance();
const write = (line: string): void => void process.stdout.write(line);
const reportFault = faultLines(clock, write);
const lines = peopleMetrics({ service: "delivery", nowMs: () => clock.nowMs() });
const report = (fault: unknown): void => reportFault(fault, "none");
const settings = functionTables(process.env);
const client = dynamoClient({ ...settings, clock, chance });
const sqs = sqsSendClient({ ...functionQueues(process.env), clock, chance });
const table = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
const control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });

const quotas = new Quotas({ table: control, clock });
const policies = tenantPolicies({ control, clock });
const usageQueue = sqsSender({ client: sqs, queueUrl: config.USAGE_QUEUE_URL });
const meter = new Meter({ queue: usageQueue, clock, chance, cpuMicroseconds, report });
const people = new FunctionPeople({
  ...{ config, table, quotas, sqs, clock, chance, meter, report },
  wake: async () => noWake(),
  region: settings.region,
  turned: questionLines("delivery", clock),
});
const push = new ConnectionPush({
  client: connectionsClient({ ...functionConnections(process.env), clock }),
  ...{ clock, chance, lagged: LAGGED, report },
  farewell: ({ reason }) => errorFrame({ code: reason, message: "who is connected may no longer be" }),
});
const lanes = new Lanes({
  ...{ table, clock, push, report },
  log: people.log,
  connections: people.connections,
  hearers: new Hearers({ policies, standingOf: standings({ policies, table: control, clock }), clock }),
  queue: sqsSender({ client: sqs, queueUrl: config.MESSAGES_QUEUE_URL }),
  frames: messageFrames,
  runEnded: (run) => write(`${JSON.stringify(lines.lane(run))}\n`),
});

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [table.get(PROBE_KEY, { stale: true })], waitMsMax: START_WAIT_MS_MAX });

const queue = sqsExtender({ client: sqs, queueUrl: config.WORK_QUEUE_URL });

export const handler = lambdaQueue({
  handle: deliveryHandler({ lanes, questions: people.questionsDue, queue, clock }),
  batchEnded: () => meter.flushWhenDue(),
  reportFault,
});
