import * as z from "zod";
import { AUDIT_PAGE_MAX } from "../../layers/core/audit/limits.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { epochMs, moment } from "../time-schemas.ts";
import { isThere } from "./caller.ts";

const Fields = z.looseObject({}).describe("The fields that it touched; secrets are none");

const AuditPage = z.object({
  records: z.array(
    z.object({
      tenantId: z.string(),
      seq: z.int().min(1).describe("From 1 on, without a gap"),
      atEpochMs: epochMs,
      outcome: z
        .enum(["done", "refused", "failed", "denied", "unknown"])
        .describe("`denied`: a right was refused, `count` times; `unknown`: nobody could write down how it ended"),
      phase: z.string(),
      changeId: z.string(),
      action: z.string(),
      actor: z.object({
        tenantId: z.string(),
        subject: z.string(),
        role: z.string(),
        credential: z.string(),
        remoteAddress: z.string(),
        requestId: z.string(),
      }),
      target: z.object({ kind: z.string(), id: z.string() }),
      before: Fields.optional(),
      after: Fields.optional(),
      reason: z.string().optional(),
      count: z.int().min(1).optional(),
      hash: z.string(),
      prevHash: z.string().describe("The hash of the entry that it follows"),
    }),
  ),
  cursor: z.string().optional(),
});

const RECORD_EXAMPLE = {
  tenantId: "acme",
  seq: 42,
  atEpochMs: 1_795_000_000_000,
  outcome: "done",
  phase: "done",
  changeId: "0d8f6d2e-8f0a-4c55-9d6e-6b1d2f3a4c5e",
  action: "member.change",
  actor: {
    tenantId: "acme",
    subject: "ann@example.com",
    role: "owner",
    credential: "token",
    remoteAddress: "192.0.2.7",
    requestId: "0d8f6d2e",
  },
  target: { kind: "member", id: "bo@example.com" },
  after: { role: "developer" },
  hash: "7b0c...",
  prevHash: "91fe...",
} as const;

const SUBJECT_QUERY_CHARACTERS_MAX = 300;
const CURSOR_CHARACTERS_MAX = 20;

/** What was done to a tenant, and refused. */
export function auditOperations(tenancy: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "listAudit",
      method: "GET",
      path: "/api/tenants/{tenantId}/audit",
      tag: "audit",
      summary: "What was done to it and refused, the last first",
      description: "A page may hold fewer entries than asked for, or none, and still have a cursor to the next.",
      action: "audit.read",
      query: z.strictObject({
        from: moment.optional().describe("Only what was from this moment on"),
        before: moment.optional().describe("Only what was before this moment"),
        subject: z.string().min(1).max(SUBJECT_QUERY_CHARACTERS_MAX).optional().describe("Only what they did"),
        limit: z.coerce.number().int().min(1).max(AUDIT_PAGE_MAX).optional().describe("At most so many in the page"),
        cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
      }),
      success: {
        status: 200,
        description: "A page of entries; with a cursor where more may follow",
        schema: AuditPage,
        example: { records: [RECORD_EXAMPLE], cursor: "42" },
      },
      async run(call) {
        if (!(await isThere(tenancy, call))) return { problem: TENANT_ABSENT };
        const { from, before, ...filter } = call.query;
        const page = await tenancy.audit.list(call.tenantId, { ...filter, fromEpochMs: from, beforeEpochMs: before });
        return page.ok ? { json: page.value } : { problem: CURSOR_MALFORMED };
      },
    }),
  ];
}

const CURSOR_MALFORMED: HttpProblem = {
  status: 400,
  code: "cursor_malformed",
  detail: "the cursor is not one that this list gave",
};
