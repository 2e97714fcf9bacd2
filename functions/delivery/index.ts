import process from "node:process";
import { ConnectionPush } from "../../layers/aws/connections/connection-push.ts";
import { connectionsClient } from "../../layers/aws/connections/connections-client.ts";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionConnections, functionQueues, functionTables } from "../../layers/aws/function-settings.ts";
import { sqsExtender, sqsSendClient, sqsSender } from "../../layers/aws/sqs-sender.ts";
import { Connections } from "../../layers/core/connection/connections.ts";
import { LASTING_GATEWAYS } from "../../layers/core/connection/gateways.ts";
import { Hearers } from "../../layers/core/delivery/hearers.ts";
import { Lanes } from "../../layers/core/delivery/lanes.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { ChannelLog } from "../../layers/core/message/channel-log.ts";
import { Channels } from "../../layers/core/message/channels.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { standings } from "../../layers/core/tenant/standing.ts";
import { Meter } from "../../layers/core/usage/meter.ts";
import { lambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { peopleMetrics } from "../../layers/http/lambda/people-metrics.ts";
import { cpuMicroseconds } from "../../layers/node/cpu-microseconds.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { errorFrame, LAGGED, messageFrames } from "../../layers/people/wire/server-frame.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { tenantPolicies } from "../tenant-policies.ts";
import { DeliveryConfig } from "./config.ts";
import { deliveryHandler } from "./handler.ts";

const config = readConfig(DeliveryConfig, process.env);
const clock = systemClock();
const chance = systemChance();
const write = (line: string): void => void process.stdout.write(line);
const reportFault = faultLines(clock, write);
const lines = peopleMetrics({ service: "delivery", nowMs: () => clock.nowMs() });
const report = (fault: unknown): void => reportFault(fault, "none");
const client = dynamoClient({ ...functionTables(process.env), clock, chance });
const sqs = sqsSendClient({ ...functionQueues(process.env), clock, chance });
const table = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
const control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });

const quotas = new Quotas({ table: control, clock });
const policies = tenantPolicies({ control, clock });
const usageQueue = sqsSender({ client: sqs, queueUrl: config.USAGE_QUEUE_URL });
const meter = new Meter({ queue: usageQueue, clock, chance, cpuMicroseconds, report });
const base = { table, clock, chance, digest: sha256, report };
const push = new ConnectionPush({
  client: connectionsClient({ ...functionConnections(process.env), clock }),
  ...{ clock, chance, lagged: LAGGED, report },
  farewell: ({ reason }) => errorFrame({ code: reason, message: "who is connected may no longer be" }),
});
const lanes = new Lanes({
  ...{ table, clock, push, report },
  log: new ChannelLog({ ...base, channels: new Channels(base) }),
  connections: new Connections({ ...base, quotas, meter, gateways: LASTING_GATEWAYS }),
  hearers: new Hearers({ policies, standingOf: standings({ policies, table: control, clock }), clock }),
  queue: sqsSender({ client: sqs, queueUrl: config.MESSAGES_QUEUE_URL }),
  frames: messageFrames,
  runEnded: (run) => write(`${JSON.stringify(lines.lane(run))}\n`),
});

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [table.get(PROBE_KEY, { stale: true })], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaQueue({
  handle: deliveryHandler({ lanes, queue: sqsExtender({ client: sqs, queueUrl: config.WORK_QUEUE_URL }), clock }),
  batchEnded: () => meter.flushWhenDue(),
  reportFault,
});
