import { csvRow } from "../billing/csv.ts";
import { unreachable } from "../result.ts";
import type { LogLine } from "./log-line.ts";
import { withoutTerminalOrders } from "./log-text.ts";

/** Forms that lines are taken away in. */
export const LOG_EXPORT_FORMATS = ["json", "csv", "text"] as const;
export type LogExportFormat = (typeof LOG_EXPORT_FORMATS)[number];

export const LOG_EXPORT_TYPES: Readonly<Record<LogExportFormat, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8; header=present",
  text: "text/plain; charset=utf-8",
};

const COLUMNS = ["timestamp", "level", "stream", "project", "run", "message"] as const;

/**
 * Lines as a file, piece by piece: an array of JSON, CSV that no spreadsheet calculates, or text as a terminal shows it.
 * In JSON a message is as it was written; colours and what else only a terminal understands are left out of the others.
 *
 * @param view how a line is written in JSON.
 */
export async function* exportLog(
  found: AsyncIterable<readonly LogLine[]>,
  { format, view }: { readonly format: LogExportFormat; readonly view: (line: LogLine) => object },
): AsyncGenerator<string> {
  const written = WRITERS[format](view);
  yield written.beginning;
  let isFirst = true;
  for await (const lines of found) {
    let piece = "";
    for (const line of lines) {
      piece += isFirst ? written.line(line) : written.between + written.line(line);
      isFirst = false;
    }
    yield piece;
  }
  yield written.end;
}

interface Writing {
  readonly beginning: string;
  readonly between: string;
  readonly end: string;
  line(line: LogLine): string;
}

const WRITERS: Readonly<Record<LogExportFormat, (view: (line: LogLine) => object) => Writing>> = {
  json: (view) => ({
    beginning: "[\n",
    between: ",\n",
    end: "\n]\n",
    line: (line) => JSON.stringify(view(line)),
  }),
  csv: () => ({ beginning: csvRow(COLUMNS), between: "", end: "", line: asRow }),
  text: () => ({ beginning: "", between: "", end: "", line: asText }),
};

function asRow({ atEpochMs, level, stream, projectId, runId, text }: LogLine): string {
  return csvRow([moment(atEpochMs), level, stream, projectId, runId, withoutTerminalOrders(text)]);
}

function asText({ atEpochMs, level, stream, text }: LogLine): string {
  return `${moment(atEpochMs)} ${level.toUpperCase().padEnd(LEVEL_WIDTH)} ${stream.padEnd(STREAM_WIDTH)} ${withoutTerminalOrders(text)}\n`;
}

const LEVEL_WIDTH = "ERROR".length;
const STREAM_WIDTH = "stdout".length;

const moment = (epochMs: number): string => new Date(epochMs).toISOString();

/** How a file with lines of a project is called. */
export function logExportName(projectId: string, format: LogExportFormat): string {
  switch (format) {
    case "json":
    case "csv":
      return `${projectId}-log.${format}`;
    case "text":
      return `${projectId}-log.txt`;
    default:
      return unreachable(format);
  }
}
