import { EVENT_STREAM_HEADERS, serverSentEvent } from "../core/http/event-stream.ts";
import type { CallContext, HttpReply } from "../core/http/http-message.ts";
import type { LogLine, LogSequence } from "../core/log/log-line.ts";
import type { LogListeners } from "../core/log/log-listeners.ts";
import type { LogBatch, LogStore } from "../core/log/log-store.ts";
import type { Clock } from "../core/ports/clock.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { LOG_HEARTBEAT_MS, LOG_RETRY_MS, LOG_STREAM_END_MARGIN_MS } from "./limits.ts";
import type { LogStreamAsked } from "./log-stream-asked.ts";

export interface LogStreamParts {
  readonly logs: Pick<LogStore, "read" | "follow">;
  readonly clock: Clock;
  readonly listeners: LogListeners;
  /** How a line is told. */
  readonly view: (line: LogLine) => object;
  /** Aborted when the process is about to end: listeners come back to another one then. */
  readonly closing?: AbortSignal;
}

export type ListenersTooMany = { readonly reason: "listeners_too_many"; readonly retryAfterSeconds: number };

/**
 * A project's log as server-sent events, in the words of the MCP Debug Host: `log` with `{type: "connected"}`, then the newest
 * lines as `log` with `historical: true`, `status` with `{type: "historical_complete"}`, and lines as they come as `log`
 * with `realtime: true`. A `heartbeat` comes where nothing else does, and `gap` where lines were gone before this listener
 * had taken them. Each line's id is its place: a client that comes back with its last one misses nothing and is told
 * nothing twice.
 *
 * Nothing is kept for a listener. It is sent more when it has taken what was sent; the log is what waits for it. The stream
 * ends before the door would cut it.
 *
 * @param asked the project is the tenant's own, which the caller has seen to.
 */
export function logStream(
  parts: LogStreamParts,
  projectId: string,
  asked: LogStreamAsked,
  context: CallContext,
): Result<HttpReply, ListenersTooMany> {
  const leave = parts.listeners.take(context.principal.tenantId);
  if (leave === undefined) {
    return refused({ reason: "listeners_too_many", retryAfterSeconds: LISTENERS_RETRY_AFTER_SECONDS });
  }
  const body = untilLeft(new LogTelling(parts, projectId, asked, context).events(), leave);
  return ok({ status: 200, headers: EVENT_STREAM_HEADERS, body, log: { operation: "logs/stream", outcome: "ok" } });
}

/** By then one of the others may have left. */
const LISTENERS_RETRY_AFTER_SECONDS = 5;

async function* untilLeft(events: AsyncIterable<string>, leave: () => void): AsyncGenerator<string> {
  try {
    yield* events;
  } finally {
    leave();
  }
}

/** One listener's stream. */
class LogTelling {
  readonly #parts: LogStreamParts;
  readonly #projectId: string;
  readonly #asked: LogStreamAsked;
  readonly #context: CallContext;
  readonly #signal: AbortSignal;
  readonly #endMs: number;
  #toldAtMs: number;

  constructor(parts: LogStreamParts, projectId: string, asked: LogStreamAsked, context: CallContext) {
    this.#parts = parts;
    this.#projectId = projectId;
    this.#asked = asked;
    this.#context = context;
    this.#signal = parts.closing === undefined ? context.signal : AbortSignal.any([context.signal, parts.closing]);
    this.#endMs = context.deadlineEpochMs - LOG_STREAM_END_MARGIN_MS;
    this.#toldAtMs = parts.clock.nowMs();
  }

  async *events(): AsyncGenerator<string> {
    yield `retry: ${LOG_RETRY_MS}\n${this.#event("log", { type: "connected", projectId: this.#projectId })}`;
    try {
      const history = this.#asked.after === undefined ? await this.#history() : undefined;
      yield history?.text ?? this.#event("status", { type: "historical_complete", count: 0 });
      if (!this.#asked.isFollowed) return;
      yield* this.#whatComes(this.#asked.after ?? history?.end);
      yield this.#event("status", { type: "reconnect" });
    } catch (fault) {
      yield this.#event("error", { type: "error", code: "log_unavailable", message: "the log can't be read now" });
      throw fault;
    }
  }

  async #history(): Promise<{ readonly text: string; readonly end: LogSequence }> {
    const { logs } = this.#parts;
    const { query, tailCount } = this.#asked;
    const { tenantId } = this.#context.principal;
    const page = await logs.read(tenantId, this.#projectId, { query, limit: Math.max(1, tailCount), from: "newest" });
    const told = tailCount === 0 ? [] : page.lines;
    const lines = told.map((line) => this.#line(line, { historical: true })).join("");
    const complete = this.#event("status", { type: "historical_complete", count: told.length });
    return { text: lines + complete, end: page.end ?? NOWHERE };
  }

  async *#whatComes(after: LogSequence | undefined): AsyncGenerator<string> {
    const { tenantId } = this.#context.principal;
    const from = { query: this.#asked.query, ...(after !== undefined && { after }) };
    const follower = this.#parts.logs.follow(tenantId, this.#projectId, from);
    try {
      while (!this.#signal.aborted && this.#nowMs() < this.#endMs) {
        const waitMs = Math.min(this.#endMs, this.#toldAtMs + LOG_HEARTBEAT_MS) - this.#nowMs();
        const text = this.#told(await follower.next(Math.max(0, waitMs), this.#signal));
        if (text === "") continue;
        this.#toldAtMs = this.#nowMs();
        yield text;
      }
    } finally {
      follower.close();
    }
  }

  #told({ lines, missed, position }: LogBatch): string {
    const gap = missed === undefined ? "" : this.#event("gap", { type: "gap", missed: missed.count ?? null });
    const text = gap + lines.map((line) => this.#line(line, { realtime: true })).join("");
    const isQuiet = text === "" && this.#nowMs() - this.#toldAtMs >= LOG_HEARTBEAT_MS;
    return isQuiet ? this.#event("heartbeat", { type: "heartbeat" }, position) : text;
  }

  #line(line: LogLine, how: object): string {
    return serverSentEvent("log", JSON.stringify({ ...this.#parts.view(line), ...how }), line.sequence);
  }

  #event(event: string, about: object, id?: LogSequence): string {
    return serverSentEvent(event, JSON.stringify({ ...about, timestamp: this.#nowMs() }), id);
  }

  #nowMs(): number {
    return this.#parts.clock.nowMs();
  }
}

/** No place of any log: all that comes to be there is after it. */
const NOWHERE: LogSequence = "none";
