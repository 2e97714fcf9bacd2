import process from "node:process";
import { fileURLToPath } from "node:url";
import { secretsManagerSecret } from "../../layers/aws/secrets-manager.ts";
import { Tickets } from "../../layers/core/connection/tickets.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import type { DoorCall, HttpHandler } from "../../layers/core/http/http-message.ts";
import { secretSeal } from "../../layers/node/secret-seal.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { FunctionPeople } from "../function-people.ts";
import { GatedFunction } from "../gated-function.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { wakingJobs } from "../waking-jobs.ts";
import { PEOPLE_SHAPE, PeopleConfig } from "./config.ts";
import { peopleHandler } from "./handler.ts";
import { peoplePage } from "./page.ts";
import { pageFiles } from "./page-files.ts";

const config = readConfig(PeopleConfig, process.env);
const self = new GatedFunction({ config, environment: process.env, shape: PEOPLE_SHAPE, toolkits: new Set() });
const { clock, chance, state: table, sqs, meter, logs, role, tenancy, secrets: client } = self;
const sealing = secretSeal(secretsManagerSecret({ client, id: config.SEAL_SECRET_ID, clock }));
const { quotas, audit } = tenancy;

const people = new FunctionPeople({
  ...{ config, table, quotas, sqs, clock, chance, meter },
  wake: wakingJobs(self, config),
  region: role.region,
  report: (fault) => logs.reportFault(fault, "none"),
  turned: questionLines(PEOPLE_SHAPE.name, clock),
});
const tickets = new Tickets({ table, clock, chance, seal: sealing.seal });
const operations = peopleHandler({ ...people, tickets, audit, digest: sha256 });
const gated = self.gated(async (request, context) => {
  await sealing.refresh();
  return operations(request, context);
});

/** The build lays the page beside the function's code. */
const files = pageFiles(fileURLToPath(new URL("page", import.meta.url)));
const { SOCKET_URL: socketUrl } = config;
const page = peoplePage({ files: () => files, digest: sha256, ...(socketUrl !== "none" && { socketUrl }) });

/** The page holds nothing of anybody's and is for anyone; all else is for those who were let in. */
const answer: HttpHandler<DoorCall> = (request, call) =>
  request.path === "/people" || request.path.startsWith("/people/") ? page(request, call) : gated(request, call);

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
const work = [...self.starting, sealing.refresh(), files];
await settledWithin(clock, { work, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(answer, config.REPLY_MODE);
