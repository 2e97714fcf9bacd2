import process from "node:process";
import { ConnectionPush } from "../../layers/aws/connections/connection-push.ts";
import { connectionsClient } from "../../layers/aws/connections/connections-client.ts";
import { gatewayName } from "../../layers/aws/connections/socket-gateway.ts";
import { functionConnections } from "../../layers/aws/function-settings.ts";
import { secretsManagerSecret } from "../../layers/aws/secrets-manager.ts";
import { Tickets } from "../../layers/core/connection/tickets.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { standings } from "../../layers/core/tenant/standing.ts";
import { lambdaSockets } from "../../layers/http/lambda/lambda-sockets.ts";
import { peopleMetrics, type SocketTurned } from "../../layers/http/lambda/people-metrics.ts";
import { secretSeal } from "../../layers/node/secret-seal.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { LAGGED } from "../../layers/people/wire/server-frame.ts";
import { FunctionPeople } from "../function-people.ts";
import { GatedFunction } from "../gated-function.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { wakingJobs } from "../waking-jobs.ts";
import { SOCKETS_SHAPE, SocketsConfig } from "./config.ts";
import { socketHandler } from "./handler.ts";
import { API_GATEWAY_HOLDER } from "./limits.ts";
import { OpeningRates } from "./opening-rates.ts";
import { pacedSockets } from "./paced-sockets.ts";

const config = readConfig(SocketsConfig, process.env);
const { name } = SOCKETS_SHAPE;
const self = new GatedFunction({ config, environment: process.env, shape: { name, routes: [] }, toolkits: new Set() });
const { clock, chance, state: table, control, sqs, meter, logs, role, tenancy, secrets: client } = self;
const report = (fault: unknown): void => logs.reportFault(fault, "none");
const sealing = secretSeal(secretsManagerSecret({ client, id: config.SEAL_SECRET_ID, clock }));
const { quotas, policies, authenticator } = tenancy;
const { region } = role;
const rates = new OpeningRates({ table, clock, digest: sha256, region, report });

const lines = peopleMetrics({ service: name, nowMs: () => clock.nowMs() });
const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
/** Of the event that this environment is at: Lambda gives it no other meanwhile. */
let turn: SocketTurned | undefined;

const people = new FunctionPeople({
  ...{ config, table, quotas, sqs, region, clock, chance, meter, report },
  wake: wakingJobs(self, config),
  turned: questionLines(name, clock),
});
const sockets = socketHandler({
  ...people,
  ...{ clock, report, digest: sha256, holder: API_GATEWAY_HOLDER },
  tickets: new Tickets({ table, clock, chance, seal: sealing.seal }),
  standingOf: standings({ policies, table: control, clock }),
  authenticate: ({ authorization }) => authenticator.authenticate(authorization),
  gate: tenancy.gateParts({ resourceMetadataUrl: () => "" }),
  mayOpen: (clientAddress) => rates.mayOpen(clientAddress),
  origins: new Set(config.PAGE_ORIGINS),
  turned: (told) => {
    turn = told;
  },
});
const connections = connectionsClient({ ...functionConnections(process.env), clock });

/** While the environment starts, since every event needs them: what does not come now, the first asks for again. */
await settledWithin(clock, { work: [...self.starting, sealing.refresh()], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaSockets({
  handler: pacedSockets({ handler: sockets, clock }),
  gatewayOf: (apiId) => gatewayName({ region, apiId }),
  push: new ConnectionPush({ client: connections, clock, chance, lagged: LAGGED, report }),
  refresh: () => Promise.all([self.refresh(), sealing.refresh()]),
  async eventEnded(line) {
    write(lines.socket(line, turn));
    turn = undefined;
    await Promise.all([self.settled(), rates.settled()]);
  },
  clock,
});
