import process from "node:process";
import { ecsClient } from "../../layers/aws/fargate/ecs-client.ts";
import { lookAtRuns } from "../../layers/aws/fargate/fargate-runner.ts";
import { functionFunctions, functionRunnerServices } from "../../layers/aws/function-settings.ts";
import { streamInvoker } from "../../layers/aws/lambda/stream-invoker.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { ProjectStore } from "../../layers/core/project/project-store.ts";
import { admittingPages } from "../../layers/http/passage/admitting-pages.ts";
import { GatedFunction } from "../gated-function.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { TOOLKIT_NAMES } from "../toolkit-names.ts";
import { PASSAGE_SHAPE, PassageConfig } from "./config.ts";
import { PassageUnplanned, passageHandler } from "./handler.ts";
import { RunAddresses } from "./run-addresses.ts";

const config = readConfig(PassageConfig, process.env);
const [functionName = "", qualifier] = config.CARRIER_FUNCTION.split(":");
if (qualifier === undefined) throw new PassageUnplanned();

const self = new GatedFunction({
  config,
  environment: process.env,
  shape: PASSAGE_SHAPE,
  toolkits: new Set(TOOLKIT_NAMES),
});
const { clock, chance, state: table } = self;
const ecs = ecsClient({ ...functionRunnerServices(process.env).tasks, clock, chance });
const place = { cluster: config.RUNNER_CLUSTER };
const addresses = new RunAddresses({
  store: new ProjectStore({ table, clock, chance }),
  // A place is the ARN of a task, with its region as the fourth part.
  isHere: (place) => place.split(":")[3] === self.role.region,
  look: (tenantId, runs) => lookAtRuns({ ecs, place, clock }, tenantId, runs),
  clock,
});
const invoker = streamInvoker({ ...functionFunctions(process.env), functionName, qualifier, clock });
const answer = passageHandler({
  addresses,
  carrier: (event, signal) => invoker.invoke(event, signal),
  replyMode: config.REPLY_MODE,
  clock,
  report: self.logs.reportFault,
});

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: self.starting, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(self.gated(answer), config.REPLY_MODE, admittingPages);
