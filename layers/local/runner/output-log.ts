import type { WrittenLine } from "../../core/log/log-line.ts";
import type { LogStore, LogWriter } from "../../core/log/log-store.ts";
import type { RunOutput } from "../../core/ports/runner.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import {
  OUTPUT_APPEND_LINES_MAX,
  OUTPUT_FLUSH_MS,
  OUTPUT_PAGE_LINES_MAX,
  OUTPUT_WAITING_CHARACTERS_MAX,
} from "./limits.ts";

/** Takes the lines of one run in their order. */
export interface OutputSink {
  take(lines: readonly WrittenLine[]): void;
  /** More waits for the disk than should: come back when {@link drained} resolves. */
  readonly isFull: boolean;
  drained(): Promise<void>;
  /** Resolves when all that was taken is kept, or has failed to be. */
  close(): Promise<void>;
}

/** Gives lines to a log, some at a time. Lines that the log does not take are lost. */
export function outputLog(log: LogWriter, report: (fault: unknown) => void): OutputSink {
  let waiting: WrittenLine[] = [];
  let waitingCharacters = 0;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, OUTPUT_FLUSH_MS));
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      waitingCharacters = 0;
      try {
        for (let at = 0; at < lines.length; at += OUTPUT_APPEND_LINES_MAX) {
          const startedMs = performance.now();
          await log.append(lines.slice(at, at + OUTPUT_APPEND_LINES_MAX));
          // It has blocked the thread, which has other runs to look after: a run that floods its log gets half of it.
          await new Promise((resolve) => setTimeout(resolve, performance.now() - startedMs));
        }
      } catch (fault) {
        report(fault);
      }
    }
  }

  return {
    take(lines) {
      for (const line of lines) {
        waiting.push(line);
        waitingCharacters += line.text.length + LINE_OVERHEAD_CHARACTERS;
      }
      if (waiting.length === 0 || writing !== undefined) return;
      writing = write().finally(() => {
        writing = undefined;
      });
    },
    get isFull() {
      return waitingCharacters > OUTPUT_WAITING_CHARACTERS_MAX;
    },
    drained: async () => writing,
    async close() {
      await writing;
      log.close();
    },
  };
}

/** What a line costs beside its text. */
const LINE_OVERHEAD_CHARACTERS = 64;

export interface ReadOutput {
  readonly lines: readonly RunOutput[];
  readonly cursor: string;
  /** All that was there has been read. */
  readonly isAtEnd: boolean;
}

/** What the log has of one run's own output, on from a cursor or from the oldest line. */
export async function readOutput(
  logs: Pick<LogStore, "read">,
  tenantId: TenantId,
  asked: { readonly projectId: string; readonly runId: string; readonly cursor: string; readonly linesMax: number },
): Promise<ReadOutput> {
  const { projectId, runId, cursor, linesMax } = asked;
  const page = await logs.read(tenantId, projectId, {
    query: { runIds: new Set([runId]), streams: new Set(["stdout", "stderr"]), includes: [], excludes: [] },
    limit: Math.min(linesMax, OUTPUT_PAGE_LINES_MAX),
    from: "oldest",
    ...(cursor !== "" && { after: cursor }),
  });
  const lines = page.lines.flatMap(({ stream, atEpochMs, text, sequence }) =>
    stream === "system" ? [] : [{ runId, stream, atEpochMs, text, sequence: Number(sequence) }],
  );
  return { lines, cursor: page.next ?? page.lines.at(-1)?.sequence ?? cursor, isAtEnd: page.next === undefined };
}
