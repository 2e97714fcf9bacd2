import type { Call, DoorCall, HttpHandler, HttpRequest } from "../core/http/http-message.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Route } from "../http/router.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";
import { onceLoaded } from "./loaded-at-first-call.ts";
import type { CellOptions } from "./options.ts";

export interface TenantRoutesParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly options: Pick<CellOptions, "issuer" | "signUp" | "projects">;
}

const TENANTS_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Tenants, and what describes the server. Loaded at the first call: not every cell is asked for them. */
export function tenantRoutes({ access, stores, clock, options }: TenantRoutesParts): readonly Route[] {
  const loaded = onceLoaded(async () => {
    const [
      { tenantsOperations, openApiHandler },
      { LANDING_PATHS, SIGN_IN_PATHS },
      { PROJECT_PATHS },
      { operationRouter },
      { newcomers },
      { Invoices },
      { PlanHistory },
    ] = await Promise.all([
      import("../../functions/tenants/handler.ts"),
      import("../../functions/tenants/other-paths.ts"),
      import("../../functions/project-paths.ts"),
      import("../http/operation/operation-router.ts"),
      import("../../functions/tenants/newcomers.ts"),
      import("../core/billing/invoices.ts"),
      import("../core/billing/plan-history.ts"),
    ]);
    const { tenancy } = access;
    const { table } = stores;
    const invoices = new Invoices({ table, clock, usage: tenancy.usage, plans: new PlanHistory(table, clock) });
    const operations = tenantsOperations({ tenancy, invoices, clock });
    const openApi = openApiHandler(operations, {
      ...LANDING_PATHS,
      ...(options.issuer === undefined && SIGN_IN_PATHS),
      ...(options.projects !== undefined && PROJECT_PATHS),
    });
    const arrivals = newcomers(tenancy, { mayMakeTenants: options.signUp });
    return { tenants: access.gated(operationRouter(operations), arrivals), openApi };
  });
  const tenants: HttpHandler<DoorCall> = async (request, call) => (await loaded()).tenants(request, call);
  const openApi: HttpHandler<Call> = async (request, call) => (await loaded()).openApi(request, call);
  const metadata: HttpHandler<Call> = async (request, call) => {
    const { resourceMetadata } = await import("../../functions/tenants/resource-metadata.ts");
    const authorizationServers = (asked: HttpRequest) => [options.issuer ?? access.baseUrl(asked)];
    return resourceMetadata({ baseUrl: access.baseUrl, authorizationServers })(request, call);
  };
  return [
    { path: "/api/tenants", methods: ["GET", "POST"], handler: tenants },
    { path: "/api/tenants/", methods: TENANTS_METHODS, handler: tenants },
    { path: "/api/openapi.json", methods: ["GET"], handler: openApi },
    { path: "/.well-known/oauth-protected-resource", methods: ["GET"], handler: metadata },
    { path: "/.well-known/oauth-protected-resource/mcp", methods: ["GET"], handler: metadata },
  ];
}
