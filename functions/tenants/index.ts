import process from "node:process";
import { Invoices } from "../../layers/core/billing/invoices.ts";
import { PlanHistory } from "../../layers/core/billing/plan-history.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import type { DoorCall, HttpHandler } from "../../layers/core/http/http-message.ts";
import { operationRouter } from "../../layers/http/operation/operation-router.ts";
import { GatedFunction } from "../gated-function.ts";
import { PROJECT_PATHS } from "../project-paths.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { TOOLKIT_NAMES } from "../toolkit-names.ts";
import { TENANTS_SHAPE, TenantsConfig } from "./config.ts";
import { openApiHandler, tenantsOperations } from "./handler.ts";
import { metadataHandlers } from "./metadata.ts";
import { newcomers } from "./newcomers.ts";
import { PROVIDER_PATHS } from "./other-paths.ts";

const config = readConfig(TenantsConfig, process.env);
const self = new GatedFunction({
  config,
  environment: process.env,
  shape: TENANTS_SHAPE,
  toolkits: new Set(TOOLKIT_NAMES),
});
const { tenancy, clock } = self;
const plans = new PlanHistory(self.control, clock);
const invoices = new Invoices({ table: self.control, clock, usage: tenancy.usage, plans });
const operations = tenantsOperations({ tenancy, invoices, clock });

const arrivals = newcomers(tenancy, { mayMakeTenants: config.SIGN_UP === "on" });
const tenants = self.gated(operationRouter(operations), arrivals);
const openApi = openApiHandler(operations, { ...PROVIDER_PATHS, ...(config.PROJECTS === "on" && PROJECT_PATHS) });
const metadata = metadataHandlers({ config, baseUrl: self.baseUrl, scopePrefix: self.scopePrefix });

/** What describes the server is for anyone; all else is for those who were let in. */
const answer: HttpHandler<DoorCall> = async (request, call) => {
  if (request.path === "/api/openapi.json") return openApi(request, call);
  return (metadata.get(request.path) ?? tenants)(request, call);
};

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: self.starting, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(answer, "buffer");
