import type { Invoices } from "../../layers/core/billing/invoices.ts";
import type { Call, HttpHandler } from "../../layers/core/http/http-message.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { VERSION } from "../../layers/core/version.ts";
import { openApi } from "../../layers/http/operation/openapi.ts";
import type { Operation } from "../../layers/http/operation/operation.ts";
import type { Tenancy } from "../tenancy.ts";
import { accountOperations } from "./account-operations.ts";
import { apiKeyOperations } from "./api-key-operations.ts";
import { memberOperations } from "./member-operations.ts";
import { OTHER_PATHS } from "./other-paths.ts";
import { tenantOperations } from "./tenant-operations.ts";

export interface TenantsParts {
  readonly tenancy: Tenancy;
  readonly invoices: Invoices;
  readonly clock: Clock;
}

/** All that can be asked for below `/api/tenants`. */
export function tenantsOperations(parts: TenantsParts): readonly Operation[] {
  const { tenancy } = parts;
  return [
    ...tenantOperations(tenancy),
    ...memberOperations(tenancy),
    ...apiKeyOperations(tenancy),
    ...accountOperations(parts),
  ];
}

/** `/api/openapi.json`: for anyone. Made at the first call, and then kept. */
export function openApiHandler(operations: readonly Operation[]): HttpHandler<Call> {
  let body: string | undefined;
  return async () => {
    body ??= JSON.stringify(openApi({ title: "Skein", version: VERSION, operations, others: OTHER_PATHS }));
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body,
      log: { operation: "GET /api/openapi.json", outcome: "ok" },
    };
  };
}
