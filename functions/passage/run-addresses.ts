import type { Clock } from "../../layers/core/ports/clock.ts";
import type { RunRef, RunStatus } from "../../layers/core/ports/runner.ts";
import { openRun, type Project } from "../../layers/core/project/project.ts";
import type { ProjectStore } from "../../layers/core/project/project-store.ts";
import { refOf } from "../../layers/core/project/run-writer.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { ProjectAddresses } from "./find-target.ts";
import { ADDRESS_DOUBTED_MS, ADDRESS_KEPT_MS, ADDRESSES_MAX } from "./limits.ts";

export interface RunAddress {
  readonly host: string;
  readonly port: number;
}

export interface RunAddressesParts {
  readonly store: Pick<ProjectStore, "get">;
  /** As a runner does it. */
  readonly look: (tenantId: TenantId, runs: readonly RunRef[]) => Promise<readonly RunStatus[]>;
  /** Whether a run that was given this place is in this region. */
  readonly isHere: (place: string) => boolean;
  readonly clock: Clock;
}

interface Known {
  readonly address: RunAddress | undefined;
  readonly lookedAtMs: number;
}

/**
 * Where runs are reached. Which run is a project's is read anew for each call; where that run is, is known for
 * {@link ADDRESS_KEPT_MS}. It changes nothing that is written down: a run that has ended is written down as such by whoever
 * looks after runs.
 */
export class RunAddresses implements ProjectAddresses {
  readonly #parts: RunAddressesParts;
  /** The first looked at first. */
  readonly #known = new Map<string, Known>();

  constructor(parts: RunAddressesParts) {
    this.#parts = parts;
  }

  projectOf(tenantId: TenantId, projectId: string): Promise<Project | undefined> {
    return this.#parts.store.get(tenantId, projectId);
  }

  async addressOf(project: Project): Promise<RunAddress | "elsewhere" | undefined> {
    const run = openRun(project);
    if (run === undefined) return undefined;
    if (run.place !== undefined && !this.#parts.isHere(run.place)) return "elsewhere";
    const key = keyOf(project.tenantId, run.runId);
    const known = this.#known.get(key);
    const ageMs = this.#parts.clock.nowMs() - (known?.lookedAtMs ?? 0);
    const keptMs = known?.address === undefined ? ADDRESS_DOUBTED_MS : ADDRESS_KEPT_MS;
    if (known !== undefined && ageMs >= 0 && ageMs < keptMs) return known.address;
    // As old as the question, since the answer may be.
    const lookedAtMs = this.#parts.clock.nowMs();
    const [status] = await this.#parts.look(project.tenantId, [refOf(run)]);
    const address = status?.state === "running" ? status.address : undefined;
    this.#keep(key, { address, lookedAtMs });
    return address;
  }

  /** Nobody was found there: who asks again looks again, where the last look is not quite new. */
  doubt(project: Project): void {
    const key = keyOf(project.tenantId, openRun(project)?.runId ?? "");
    const known = this.#known.get(key);
    if (known !== undefined && this.#parts.clock.nowMs() - known.lookedAtMs >= ADDRESS_DOUBTED_MS) {
      this.#known.delete(key);
    }
  }

  #keep(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > ADDRESSES_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

const keyOf = (tenantId: TenantId, runId: string): string => `${tenantId}/${runId}`;
