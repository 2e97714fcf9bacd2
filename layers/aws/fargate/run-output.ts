import * as z from "zod";
import { logStreamOf, RUN_ENDED } from "../../core/deployment/project-task.ts";
import { parsedJson } from "../../core/parsed-json.ts";
import type { OutputPage, Runner, RunOutput, RunRef } from "../../core/ports/runner.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { unlessUnknown } from "../logs/run-lines.ts";
import type { FargateParts } from "./fargate-place.ts";
import { findTask } from "./find-task.ts";
import { EMPTY_PAGES_MAX, OUTPUT_LINES_MAX, OUTPUT_POLL_MS, OUTPUT_SETTLED_MS } from "./limits.ts";
import { runStatusOf } from "./run-status.ts";

interface OutputAsked {
  readonly run: RunRef;
  readonly options: Parameters<Runner["output"]>[2];
}

const Page = z.object({
  events: z.array(z.object({ message: z.string() })).default([]),
  nextForwardToken: z.string().optional(),
});

/** As the supervisor writes it (TaskLogLine). */
const Line = z.object({
  tenant: z.string(),
  run: z.string(),
  stream: z.enum(["stdout", "stderr", "system"]),
  at: z.number(),
  sequence: z.int(),
  text: z.string(),
});

/**
 * Read from CloudWatch, where a line comes some seconds after it was printed. A run has a stream of its own, and each line
 * says whose it is: who asks with another's place is given nothing.
 */
export async function readOutput(
  parts: FargateParts,
  tenantId: TenantId,
  { run, options }: OutputAsked,
): Promise<OutputPage> {
  const { clock } = parts;
  const place = run.place ?? (await findTask(parts, tenantId, run))?.arn;
  if (place === undefined) return { lines: [], cursor: options.cursor ?? "", ended: true };
  const untilMs = clock.nowMs() + (options.waitMs ?? 0);
  const linesMax = Math.min(options.linesMax, OUTPUT_LINES_MAX);
  let { token, isOver } = readCursor(options.cursor);
  for (;;) {
    const page = await nextPage(parts, { place, token, linesMax });
    token = page.token;
    const written = page.messages.flatMap((message) => lineIn(message, { tenantId, runId: run.runId }));
    isOver ||= written.some(({ stream, text }) => stream === "system" && text.startsWith(RUN_ENDED));
    const lines = written.flatMap((line) => printedIn(line));
    const cursor = writeCursor({ token, isOver });
    if (lines.length > 0 || isOver) return { lines, cursor, ended: isOver };
    isOver = await nothingComes(parts, tenantId, { ...run, place });
    const leftMs = untilMs - clock.nowMs();
    if (isOver) continue;
    if (leftMs <= 0 || options.signal?.aborted === true) return { lines, cursor, ended: false };
    await clock.sleep(Math.min(leftMs, OUTPUT_POLL_MS), options.signal);
  }
}

interface Cursor {
  /** CloudWatch's own; empty at the beginning. */
  readonly token: string;
  /** There is nothing after it. */
  readonly isOver: boolean;
}

const writeCursor = ({ token, isOver }: Cursor): string => `${isOver ? "end" : "on"}:${token}`;

function readCursor(cursor = "on:"): Cursor {
  const [kind, ...token] = cursor.split(":");
  return { token: token.join(":"), isOver: kind === "end" };
}

/** Whether the run has ended without a word of its supervisor's, or is forgotten, and its last lines had the time to come. */
async function nothingComes(parts: FargateParts, tenantId: TenantId, run: RunRef): Promise<boolean> {
  const task = await findTask(parts, tenantId, run);
  if (task === undefined) return true;
  const status = runStatusOf(task, parts.clock.nowMs());
  return status.state === "exited" && parts.clock.nowMs() >= status.endedAtEpochMs + OUTPUT_SETTLED_MS;
}

interface PageAsked {
  readonly place: string;
  readonly token: string;
  readonly linesMax: number;
}

/** CloudWatch may give empty pages though there are more; at the end it gives the token that it was asked with. */
async function nextPage({ output, place: { logGroup } }: FargateParts, { place, token, linesMax }: PageAsked) {
  const logStreamName = logStreamOf(place.slice(place.lastIndexOf("/") + 1));
  const request = { logGroupName: logGroup, logStreamName, startFromHead: true, limit: linesMax };
  let at = token;
  for (let pages = 0; pages < EMPTY_PAGES_MAX; pages++) {
    const told = await unlessUnknown(output.call("GetLogEvents", { ...request, ...(at !== "" && { nextToken: at }) }));
    if (told === undefined) return { messages: [], token: at };
    const { events, nextForwardToken = at } = Page.parse(told);
    const isEnd = nextForwardToken === at;
    at = nextForwardToken;
    if (isEnd || events.length > 0) return { messages: events.map(({ message }) => message), token: at };
  }
  return { messages: [], token: at };
}

type LoggedLine = z.infer<typeof Line>;

function lineIn(message: string, of: { readonly tenantId: TenantId; readonly runId: string }): readonly LoggedLine[] {
  const line = Line.safeParse(parsedJson(message)).data;
  return line === undefined || line.tenant !== of.tenantId || line.run !== of.runId ? [] : [line];
}

/** What the supervisor says itself is not of the run. */
function printedIn({ stream, run: runId, at: atEpochMs, sequence, text }: LoggedLine): readonly RunOutput[] {
  return stream === "system" ? [] : [{ runId, stream, atEpochMs, sequence, text }];
}
