import type { TenantId } from "../tenant/tenant-id.ts";

/** What has become of a question, told once by the process that wrote it down; never where that dies in the same moment. */
export interface QuestionTurn {
  readonly tenantId: TenantId;
  readonly became: "asked" | "answered" | "withdrawn" | "expired";
  /** From when it was asked; none of one that was asked just now. */
  readonly afterMs: number;
}
