import * as z from "zod";
import { logStreamOf } from "../../core/deployment/project-task.ts";
import type { OutputPage, Runner, RunOutput, RunRef } from "../../core/ports/runner.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { ServiceRefused } from "../json-client.ts";
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
  let cursor = options.cursor ?? "";
  let isOver = false;
  for (;;) {
    const page = await nextPage(parts, { place, cursor, linesMax });
    cursor = page.cursor;
    const lines = page.messages.flatMap((message) => lineIn(message, { tenantId, runId: run.runId }));
    if (lines.length > 0) return { lines, cursor, ended: false };
    if (isOver) return { lines, cursor, ended: true };
    isOver = await allIsWritten(parts, tenantId, { ...run, place });
    const leftMs = untilMs - clock.nowMs();
    if (isOver) continue;
    if (leftMs <= 0 || options.signal?.aborted === true) return { lines, cursor, ended: false };
    await clock.sleep(Math.min(leftMs, OUTPUT_POLL_MS), options.signal);
  }
}

/** Whether the run has ended, or is forgotten, and what it printed last has had the time to come. */
async function allIsWritten(parts: FargateParts, tenantId: TenantId, run: RunRef): Promise<boolean> {
  const task = await findTask(parts, tenantId, run);
  if (task === undefined) return true;
  const status = runStatusOf(task, parts.clock.nowMs());
  return status.state === "exited" && parts.clock.nowMs() >= status.endedAtEpochMs + OUTPUT_SETTLED_MS;
}

interface PageAsked {
  readonly place: string;
  readonly cursor: string;
  readonly linesMax: number;
}

/** CloudWatch may give empty pages though there are more; at the end it gives the token that it was asked with. */
async function nextPage({ output, place: { logGroup } }: FargateParts, { place, cursor, linesMax }: PageAsked) {
  const logStreamName = logStreamOf(place.slice(place.lastIndexOf("/") + 1));
  let token = cursor;
  for (let pages = 0; pages < EMPTY_PAGES_MAX; pages++) {
    const request = { logGroupName: logGroup, logStreamName, startFromHead: true, limit: linesMax };
    const told = await unlessUnknown(output.call("GetLogEvents", { ...request, ...(token && { nextToken: token }) }));
    if (told === undefined) return { messages: [], cursor: token };
    const { events, nextForwardToken = token } = Page.parse(told);
    const isEnd = nextForwardToken === token;
    token = nextForwardToken;
    if (isEnd || events.length > 0) return { messages: events.map(({ message }) => message), cursor: token };
  }
  return { messages: [], cursor: token };
}

/** A stream begins with its first line; a token is good for a day, and a caller may bring anything for one. */
async function unlessUnknown<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const isUnknown = error instanceof ServiceRefused && UNKNOWN.has(error.name);
    if (!isUnknown) throw error;
    return undefined;
  }
}
const UNKNOWN = new Set(["ResourceNotFoundException", "InvalidParameterException"]);

function lineIn(message: string, of: { readonly tenantId: TenantId; readonly runId: string }): readonly RunOutput[] {
  const line = Line.safeParse(readJson(message)).data;
  if (line === undefined || line.tenant !== of.tenantId || line.run !== of.runId || line.stream === "system") return [];
  const { stream, at: atEpochMs, sequence, text } = line;
  return [{ runId: of.runId, stream, atEpochMs, sequence, text }];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what the runtime itself says, before the supervisor runs
  }
}
