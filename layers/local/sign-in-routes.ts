import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Route } from "../http/router.ts";
import { AUTHORIZATION_SERVER_PATHS } from "../identity/authorization-server/paths.ts";
import type { CellAccess } from "./cell-access.ts";
import type { CellStores } from "./cell-stores.ts";
import { onceLoaded } from "./loaded-at-first-call.ts";

export interface SignInRoutesParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Where MCP clients are led to a token, on a cell without a provider of identities. Loaded at the first call. */
export function signInRoutes({ access, stores, clock, chance }: SignInRoutesParts): readonly Route[] {
  const { tenancy, baseUrl } = access;
  const { table, seal, secrets } = stores;
  const loaded = onceLoaded(async () => {
    const [{ authorizationServer }, { documentFetch }, { isPublicAddress }, { lookup }] = await Promise.all([
      import("../identity/authorization-server/authorization-server.ts"),
      import("../identity/authorization-server/document-fetch.ts"),
      import("../identity/authorization-server/public-address.ts"),
      import("node:dns/promises"),
    ]);
    const addressesOf = (hostname: string) => lookup(hostname, { all: true });
    return authorizationServer({
      ...{ table, clock, chance, seal, baseUrl },
      issuer: secrets.issuer,
      audit: tenancy.audit,
      fetchDocument: documentFetch({ addressesOf, isAllowed: isPublicAddress }),
      resources: (request) => [`${baseUrl(request)}/mcp`, baseUrl(request)],
      authenticate: (authorization) => tenancy.authenticator.authenticate(authorization),
      policyOf: (tenantId) => tenancy.policies.policyOf(tenantId),
    });
  });
  return AUTHORIZATION_SERVER_PATHS.map(({ path, methods }) => ({
    path,
    methods,
    handler: async (request, call) => (await loaded())[path](request, call),
  }));
}
