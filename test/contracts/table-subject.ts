import type { Table } from "../../layers/core/ports/table.ts";
import type { ManualClock } from "../fixtures/manual-clock.ts";

export interface TableUnderTest {
  readonly table: Table;
  readonly clock: ManualClock;
  close(): Promise<void>;
}

/** The table under test, and a partition that no other test has. */
export type Subject = () => TableUnderTest & { readonly pk: string };
