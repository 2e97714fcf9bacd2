import type { Invoices } from "../../layers/core/billing/invoices.ts";
import type { Call, HttpHandler } from "../../layers/core/http/http-message.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { VERSION } from "../../layers/core/version.ts";
import { type DescribedPaths, openApi } from "../../layers/http/operation/openapi.ts";
import type { Operation } from "../../layers/http/operation/operation.ts";
import { JOB_DESCRIPTIONS } from "../job-descriptions.ts";
import { SCHEDULE_DESCRIPTIONS } from "../job-schedule-descriptions.ts";
import { MESSAGE_DESCRIPTIONS } from "../message-descriptions.ts";
import { QUESTION_DESCRIPTIONS } from "../question-descriptions.ts";
import type { Tenancy } from "../tenancy.ts";
import { apiKeyOperations } from "./api-key-operations.ts";
import { auditOperations } from "./audit-operations.ts";
import { invoiceOperations } from "./invoice-operations.ts";
import { joinOperation } from "./join.ts";
import { memberOperations } from "./member-operations.ts";
import { OTHER_PATHS, TAGS } from "./other-paths.ts";
import { tenantOperations } from "./tenant-operations.ts";
import { usageOperations } from "./usage-operations.ts";

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
    joinOperation(),
    ...apiKeyOperations(parts),
    ...usageOperations(parts),
    ...invoiceOperations(parts),
    ...auditOperations(tenancy),
  ];
}

const DESCRIPTION =
  "One MCP server made of many functions in many regions, shared by many tenants. Refusals are problems as RFC 9457 " +
  "writes them: match on `code`. What is another tenant's is as good as not there.";

/** What other functions answer, and describe where both can see it. */
const OF_OTHERS = [
  ...[...JOB_DESCRIPTIONS, ...SCHEDULE_DESCRIPTIONS],
  ...[...MESSAGE_DESCRIPTIONS, ...QUESTION_DESCRIPTIONS],
];

/**
 * `/api/openapi.json`: for anyone. Made at the first call, and then kept.
 *
 * @param more paths that not every server has.
 */
export function openApiHandler(operations: readonly Operation[], more: DescribedPaths): HttpHandler<Call> {
  let body: string | undefined;
  return async () => {
    body ??= JSON.stringify(
      openApi({
        title: "Skein",
        description: DESCRIPTION,
        version: VERSION,
        tags: TAGS,
        operations: [...operations, ...OF_OTHERS],
        others: { ...OTHER_PATHS, ...more },
      }),
    );
    return {
      status: 200,
      headers: { "content-type": "application/json", "cache-control": "max-age=300" },
      body,
      log: { operation: "GET /api/openapi.json", outcome: "ok" },
    };
  };
}
