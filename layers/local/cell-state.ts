import type { Readiness } from "../http/health.ts";

/** How far a cell is on its way from the start to the end. */
export class CellState {
  readiness: Readiness = "starting";
  refusing = false;
  readonly #closing = new AbortController();

  /** Aborted when waiting streams shall end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  drain(): void {
    this.readiness = "draining";
    this.#closing.abort();
  }

  refuse(): void {
    this.refusing = true;
  }
}
