import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { AuditBody, AuditedChange } from "./audit-entry.ts";
import { type AuditFilter, type AuditPage, type CursorMalformed, listAudit } from "./audit-list.ts";
import { type AuditStores, AuditWriter } from "./audit-writer.ts";
import { type CountedRefusals, RefusalCount, type RefusedRight } from "./refusal-count.ts";
import { type AuditMark, type VerifyProblem, verifyAudit } from "./verify-audit.ts";

export interface AuditDeps extends AuditStores {
  /** Told of each entry that could not be written after the fact. Does not throw. */
  readonly report: (fault: unknown) => void;
}

/**
 * Who did what, on what, when, from where, and how it ended: every change to a tenant and every refusal of a right, in
 * one chain a tenant that shows whether it is whole.
 *
 * A change is written down before it is made, and again when its outcome is known. So there is no change without an entry;
 * where a process ends in between, the outcome stays unknown.
 */
export class AuditLog {
  readonly #deps: AuditDeps;
  readonly #writer: AuditWriter;
  readonly #refusals = new RefusalCount();

  constructor(deps: AuditDeps) {
    this.#deps = deps;
    this.#writer = new AuditWriter(deps);
  }

  /**
   * Makes a change to a tenant, between the two entries about it. Where the second can't be written the change's own
   * answer still counts, and its outcome is listed as unknown.
   *
   * @param run is given the id of the change, and answers once it is known whether it was made.
   * @throws {StoreFault} or {AuditContended} when the first entry can't be written: then nothing was run.
   */
  async change<T, P extends { readonly reason: string }>(
    tenantId: TenantId,
    change: AuditedChange,
    run: (changeId: string) => Promise<Result<T, P>>,
  ): Promise<Result<T, P>> {
    const changeId = this.#deps.chance.uuid();
    await this.#writer.append(tenantId, { ...change, changeId, phase: "begun" });
    try {
      const result = await run(changeId);
      await this.#append(tenantId, { ...change, changeId, ...outcomeOf(result) });
      return result;
    } catch (fault) {
      await this.#append(tenantId, { ...change, changeId, phase: "failed", reason: codeOf(fault) });
      throw fault;
    }
  }

  /**
   * Notes a right that was refused, in the log of the actor's own tenant. The first of an actor and action is written at
   * once, those of the minute after it as one entry, with the next refusal or {@link flush} after that minute.
   *
   * @returns a promise where something is written; it never rejects.
   */
  refused(right: RefusedRight): Promise<void> | undefined {
    const told = this.#refusals.note(right, this.#deps.clock.nowMs());
    return told.length === 0 ? undefined : this.#writeRefusals(told);
  }

  /** Writes the refusals that were only counted: `over` those whose minute is over, `all` for a process that ends. */
  async flush(which: "over" | "all"): Promise<void> {
    const { clock } = this.#deps;
    await this.#writeRefusals(which === "all" ? this.#refusals.takeAll() : this.#refusals.takeOver(clock.nowMs()));
  }

  list(tenantId: TenantId, filter: AuditFilter): Promise<Result<AuditPage, CursorMalformed>> {
    return listAudit(this.#deps.table, tenantId, filter);
  }

  /** The last entry of a tenant's log; number 0 where nothing was written yet. */
  end(tenantId: TenantId): Promise<AuditMark> {
    return this.#writer.end(tenantId);
  }

  /** @see verifyAudit for what is found and what is not. */
  verify(tenantId: TenantId, marks: readonly AuditMark[] = []): Promise<Result<AuditMark, VerifyProblem>> {
    return verifyAudit(this.#deps, tenantId, marks);
  }

  async #writeRefusals(refusals: readonly CountedRefusals[]): Promise<void> {
    for (const { count, ...right } of refusals) {
      await this.#append(right.actor.tenantId, {
        ...right,
        changeId: this.#deps.chance.uuid(),
        phase: "denied",
        count,
      });
    }
  }

  async #append(tenantId: TenantId, body: AuditBody): Promise<void> {
    try {
      await this.#writer.append(tenantId, body);
    } catch (fault) {
      this.#deps.report(fault);
    }
  }
}

function outcomeOf(result: Result<unknown, { readonly reason: string }>): Pick<AuditBody, "phase" | "reason"> {
  return result.ok ? { phase: "done" } : { phase: "refused", reason: result.problem.reason };
}

/** Faults of ours say what they are in a code; the message of one may tell more than a log should hold. */
function codeOf(fault: unknown): string {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : "fault";
}
