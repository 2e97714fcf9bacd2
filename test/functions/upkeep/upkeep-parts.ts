import { tenantPolicies } from "../../../functions/tenant-policies.ts";
import type { UpkeepParts } from "../../../functions/upkeep/handler.ts";
import { AuditLog } from "../../../layers/core/audit/audit-log.ts";
import type { JobPriority } from "../../../layers/core/job/job.ts";
import type { JobQueues } from "../../../layers/core/job/job-message.ts";
import { Quotas } from "../../../layers/core/quota/quotas.ts";
import { ok } from "../../../layers/core/result.ts";
import { FLEET_MARK_TIMING } from "../../../layers/core/usage/usage-marks.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { memoryBlob } from "../../fixtures/memory-blob.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";

export interface UpkeepTrial extends UpkeepParts {
  readonly clock: ManualClock;
  readonly reports: readonly unknown[];
  /** What was sent to the workers, by priority. */
  readonly sent: Readonly<Record<JobPriority, string[]>>;
}

/** What the works of a region are done on, in virtual time. */
export function upkeepParts(): UpkeepTrial {
  const clock = manualClock(Date.UTC(2027, 0, 15, 9, 30));
  const chance = seededChance(1);
  const [state, control] = [memoryTable(clock), memoryTable(clock)];
  const reports: unknown[] = [];
  const report = (fault: unknown): void => void reports.push(fault);
  const sent: Record<JobPriority, string[]> = { normal: [], high: [] };
  const queueOf = (priority: JobPriority): JobQueues[JobPriority] => ({
    async send(_tenantId, { body }) {
      sent[priority].push(body);
      return ok({ id: String(sent[priority].length) });
    },
  });
  return {
    state,
    control,
    blob: memoryBlob(),
    clock,
    chance,
    audit: new AuditLog({ table: control, clock, chance, digest: sha256, report }),
    quotas: new Quotas({ table: control, clock }),
    jobs: {
      queues: { normal: queueOf("normal"), high: queueOf("high") },
      policies: tenantPolicies({ control, clock }),
    },
    sent,
    region: "eu-west-1",
    timing: FLEET_MARK_TIMING,
    report,
    reports,
  };
}
