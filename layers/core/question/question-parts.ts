import type { JobId } from "../job/job-id.ts";
import { JobMarks } from "../job/job-marks.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { Queue } from "../ports/queue.ts";
import type { Table } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QuestionEntries } from "./question-entries.ts";
import type { QuestionPublisher } from "./question-messages.ts";
import { QuestionStore } from "./question-store.ts";
import type { QuestionTurn } from "./question-turn.ts";

/** What questions stand on in one process. */
export interface QuestionDeps {
  /** The one of regional state. */
  readonly table: Table;
  readonly publisher: QuestionPublisher;
  /** Where messages about the ends of questions wait, for `QuestionsDue`. */
  readonly queue: Pick<Queue, "send">;
  /** Lets a job go on that waits for its question. May be called again; a job that is over it leaves as it is. */
  readonly wake: (tenantId: TenantId, jobId: JobId) => Promise<unknown>;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Whose sweeper looks after what is asked here. */
  readonly region: string;
  /** Told of faults that nobody has to be told of, since the sweeper makes them good. Does not throw. */
  readonly report: (fault: unknown) => void;
  /** Does not throw. Left out, nobody counts. */
  readonly turned?: (turn: QuestionTurn) => void;
}

/** The same, with what is made of it once a process. */
export interface QuestionParts extends QuestionDeps {
  readonly store: QuestionStore;
  readonly entries: QuestionEntries;
  readonly marks: JobMarks;
}

export function questionParts(deps: QuestionDeps): QuestionParts {
  return {
    ...deps,
    store: new QuestionStore(deps.table),
    entries: new QuestionEntries(deps),
    marks: new JobMarks(deps),
  };
}
