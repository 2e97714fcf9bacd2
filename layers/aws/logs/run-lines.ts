import * as z from "zod";
import type { NotedRun } from "../../core/log/log-book.ts";
import { levelOf } from "../../core/log/log-level.ts";
import type { LogLine } from "../../core/log/log-line.ts";
import { keptText } from "../../core/log/log-rules.ts";
import { parsedJson } from "../../core/parsed-json.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { ServiceRefused } from "../json-client.ts";
import { EVENTS_PAGE_MAX, PAGES_MAX } from "./limits.ts";
import { sequenceOf } from "./log-place.ts";
import type { LogsClient } from "./logs-client.ts";

/** One run's stream of lines, and whose they have to be. */
export interface RunStream {
  readonly client: LogsClient;
  readonly logGroup: string;
  readonly tenantId: TenantId;
  readonly projectId: string;
  readonly run: NotedRun;
}

export interface NumberedLine {
  /** Counts the lines of the run. */
  readonly number: number;
  readonly line: LogLine;
}

const Page = z.object({
  events: z.array(z.object({ message: z.string() })).default([]),
  nextForwardToken: z.string().optional(),
  nextBackwardToken: z.string().optional(),
});

/** As the supervisor of a run writes it (TaskLogLine). */
const Line = z.object({
  tenant: z.string(),
  project: z.string(),
  run: z.string(),
  stream: z.enum(["stdout", "stderr", "system"]),
  at: z.number(),
  sequence: z.int(),
  text: z.string(),
});

export interface EventsAsked {
  readonly startTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
}

/** Lines in their order, with the tokens of the pages beside this one. */
export interface LinesPage {
  readonly lines: readonly NumberedLine[];
  readonly forwardToken?: string;
  readonly backwardToken?: string;
}

/** One page, from the stream's head or its end; empty where the stream has not begun or is gone. */
export async function readLines(
  stream: RunStream,
  from: "head" | "end",
  { limit = EVENTS_PAGE_MAX, ...asked }: EventsAsked,
): Promise<LinesPage> {
  const { client, logGroup: logGroupName, run } = stream;
  const request = { logGroupName, logStreamName: run.place, startFromHead: from === "head", limit, ...asked };
  const told = await unlessUnknown(client.call("GetLogEvents", request));
  if (told === undefined) return { lines: [] };
  const { events, nextForwardToken: forwardToken, nextBackwardToken: backwardToken } = Page.parse(told);
  return {
    lines: events.flatMap(({ message }) => lineIn(stream, message)),
    ...(forwardToken !== undefined && { forwardToken }),
    ...(backwardToken !== undefined && { backwardToken }),
  };
}

/** Pages one after the other. CloudWatch may give empty ones though there are more; the last gives its own token again. */
export async function* linesOf(
  stream: RunStream,
  from: "head" | "end",
  asked: Pick<EventsAsked, "startTime">,
): AsyncGenerator<readonly NumberedLine[]> {
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const read = await readLines(stream, from, nextToken === undefined ? asked : { ...asked, nextToken });
    if (read.lines.length > 0) yield read.lines;
    const token = from === "head" ? read.forwardToken : read.backwardToken;
    if (token === undefined || token === nextToken) return;
    nextToken = token;
  }
}

/** A line that does not say that it is this run's is none of its. */
function lineIn({ tenantId, projectId, run }: RunStream, message: string): readonly NumberedLine[] {
  // What the runtime itself says, before the supervisor runs, is no JSON.
  const line = Line.safeParse(parsedJson(message)).data;
  if (line === undefined || line.tenant !== tenantId || line.project !== projectId || line.run !== run.runId) return [];
  const { at: atEpochMs, stream, sequence: number } = line;
  const text = keptText(line.text);
  const { runId, notedAtEpochMs } = run;
  const sequence = sequenceOf({ notedAtEpochMs, runId, number, atEpochMs });
  return [{ number, line: { projectId, runId, sequence, atEpochMs, level: levelOf(text, stream), stream, text } }];
}

/** A stream begins with its first line; a token is good for a day, and a caller may bring anything for one. */
export async function unlessUnknown<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ServiceRefused && UNKNOWN.has(error.name))) throw error;
    return undefined;
  }
}
const UNKNOWN = new Set(["ResourceNotFoundException", "InvalidParameterException"]);
