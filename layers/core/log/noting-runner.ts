import type { Runner } from "../ports/runner.ts";
import type { LogBook } from "./log-book.ts";

/**
 * A runner whose runs stand in a book of logs from their start on. A start that is not written down faults, and is asked
 * for again as any whose outcome is unknown.
 *
 * @param logPlace where the lines of a run lie that the runner has put in a place of its own.
 */
export function notingRunner(runner: Runner, book: LogBook, logPlace: (runPlace: string) => string): Runner {
  return {
    async start(tenantId, order) {
      const started = await runner.start(tenantId, order);
      if (!started.ok) return started;
      const { projectId, runId, limits } = order;
      await book.note(tenantId, {
        projectId,
        runId,
        place: logPlace(started.value.place),
        lifetimeMs: limits.lifetimeMs,
      });
      return started;
    },
    stop: (...asked) => runner.stop(...asked),
    look: (...asked) => runner.look(...asked),
    output: (...asked) => runner.output(...asked),
    portState: (...asked) => runner.portState(...asked),
  };
}
