import type { JobProgress } from "../../core/job/job.ts";
import { failed, type JobHandler, type JobOutcome, type JobRun, succeeded } from "../../core/job/job-run.ts";
import type { Jobs } from "../../core/job/jobs.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Json } from "../../core/ports/table.ts";
import { unreachable } from "../../core/result.ts";
import { type ActionForbidden, mayAct } from "../../core/tenant/action.ts";
import type { Standing, StandingLost, StandingOf } from "../../core/tenant/standing.ts";
import type { Caller } from "../call/caller.ts";
import { type CallOutcome, startCall } from "../call/perform-call.ts";
import { failed as toolFailed } from "../call/tool-reply.ts";
import type { CatalogueTool } from "../catalogue/catalogue.ts";
import { JOB_CANCEL_LOOK_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { boundedResultJson } from "../protocol/result-json.ts";
import { answersByKey, newQuestions } from "./job-answers.ts";
import { jobNotes } from "./job-notes.ts";
import { TOOL_UNKNOWN } from "./task-view.ts";
import { readToolJob, type ToolJob } from "./tool-job.ts";

export interface ToolJobParts {
  readonly jobs: Pick<Jobs, "get">;
  /** How the principal who called the tool stands by the time it runs. */
  readonly standingOf: StandingOf;
}

/**
 * The handler of jobs of the kind {@link TOOL_JOB}: runs the tool in the name of whoever called it, as they stand now.
 *
 * What the tool asks, the job asks, and the tool is run again from its start with the answers. A failure that is meant
 * for the model is an answer, with which the job has succeeded. Any other is tried again as the tool allows.
 */
export function toolJobHandler(server: McpServer, parts: ToolJobParts): JobHandler {
  return async (run) => {
    const call = readToolJob(run.input, run.job.jobId);
    if (call === undefined) return refused(TOOL_UNKNOWN, "The job does not say which tool is to be called.");
    const standing = await parts.standingOf(run.job.submitter);
    if (!standing.ok) return refused(standing.problem.reason, whyLost(standing.problem));
    const entry = server.catalogue.tools.get(call.tool);
    if (entry === undefined || !isOn(server, standing.value, entry)) {
      return refused(TOOL_UNKNOWN, `There is no tool ${call.tool} any more.`);
    }
    const { readOnlyHint } = entry.tool.annotations ?? {};
    const right = mayAct(standing.value.principal, readOnlyHint === true ? "mcp.read" : "mcp.call");
    if (!right.ok) return refused(right.problem.reason, whyForbidden(right.problem));
    return runTool(server, parts, { run, call, standing: standing.value });
  };
}

const refused = (code: string, message: string): JobOutcome => failed({ code, message }, { isFinal: true });

function isOn(server: McpServer, { policy }: Standing, { tool }: CatalogueTool): boolean {
  if (policy.toolkits === "all") return true;
  return policy.toolkits.some((name) => server.toolkits[name]?.includes(tool) === true);
}

function whyLost({ reason }: StandingLost): string {
  switch (reason) {
    case "tenant_inactive":
      return "The tenant is not active any more.";
    case "member_removed":
      return "Whoever called the tool is no member of the tenant any more.";
    case "api_key_over":
      return "The API key that the tool was called with was revoked, or is over.";
    default:
      return unreachable(reason);
  }
}

function whyForbidden(problem: ActionForbidden): string {
  switch (problem.reason) {
    case "role_forbidden":
      return `Whoever called the tool has no role any more that may: ${problem.roles.join(", ")}.`;
    case "scope_missing":
      return `The tool was called without the scope ${problem.scope}, which it needs.`;
    default:
      return unreachable(problem);
  }
}

interface ToolRun {
  readonly run: JobRun;
  readonly call: ToolJob;
  readonly standing: Standing;
}

async function runTool(server: McpServer, parts: ToolJobParts, given: ToolRun): Promise<JobOutcome> {
  const { run, call } = given;
  const { job } = run;
  let fault: { readonly thrown: unknown } | undefined;
  const progress = new ToldProgress(run, server.clock);
  const started = startCall(server, {
    method: "tools/call",
    params: { name: call.tool, arguments: call.arguments },
    caller: callerOf(given),
    state: {
      callId: call.callId,
      answers: { ...call.answers, ...answersByKey(job) },
      round: 0,
      returned: false,
      progress: job.progress?.done,
    },
    notify: (_method, params) => progress.tell(params),
    inJob: {
      scope: { jobId: job.jobId, term: job.term, notes: jobNotes(server, run) },
      faulted: (thrown) => {
        fault = { thrown };
      },
    },
  });
  const over = new AbortController();
  watchCancel(server, parts, { run, progress, over: over.signal }).catch((thrown: unknown) =>
    server.report(thrown, job.jobId),
  );
  const outcome = await started.outcome;
  over.abort();
  if (fault !== undefined) throw fault.thrown;
  return outcomeOf(run, outcome);
}

/** A job has no caller whom messages could go to, and its progress is always wanted. */
function callerOf({ run, call, standing }: ToolRun): Caller {
  return {
    context: {
      ...standing,
      requestId: run.job.jobId,
      // Its signal says when the worker has no more time.
      deadlineEpochMs: Number.POSITIVE_INFINITY,
      signal: run.signal,
    },
    capabilities: call.capabilities,
    logLevel: undefined,
    progressToken: run.job.jobId,
    leavingCancels: true,
    canReturn: false,
  };
}

/** Passes on what the tool tells of how far it is. */
class ToldProgress {
  readonly #run: JobRun;
  readonly #clock: Clock;
  #last: JobProgress;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(run: JobRun, clock: Clock) {
    this.#run = run;
    this.#clock = clock;
    this.#last = run.job.progress ?? { done: 0 };
  }

  /** @param params of `notifications/progress`. */
  tell({ progress, total, message }: Readonly<Record<string, unknown>>): void {
    this.#last = {
      done: Number(progress),
      ...(typeof total === "number" && { total }),
      ...(typeof message === "string" && { message }),
    };
    this.again();
  }

  /** Tells the same once more. */
  again(): void {
    this.#toldAtMs = this.#clock.nowMs();
    this.#run.progress(this.#last);
  }

  hasToldSince(epochMs: number): boolean {
    return this.#toldAtMs >= epochMs;
  }
}

/**
 * A job sees that it is to be cancelled when it writes: with its progress, or with its heartbeat, which people would not
 * wait for. So one that tells nothing is looked at, and made to write when somebody wants it stopped.
 */
async function watchCancel(
  server: McpServer,
  { jobs }: ToolJobParts,
  { run, progress, over }: { readonly run: JobRun; readonly progress: ToldProgress; readonly over: AbortSignal },
): Promise<void> {
  const { tenantId, jobId } = run.job;
  while (!over.aborted && !run.signal.aborted) {
    await server.clock.sleep(JOB_CANCEL_LOOK_MS, over);
    if (over.aborted || progress.hasToldSince(server.clock.nowMs() - JOB_CANCEL_LOOK_MS)) continue;
    const job = await jobs.get(tenantId, jobId);
    if (job?.cancelAskedAtEpochMs === undefined) continue;
    progress.again();
    return;
  }
}

function outcomeOf(run: JobRun, outcome: CallOutcome): JobOutcome {
  switch (outcome.outcome) {
    case "complete":
      return succeeded(keptResult(outcome.result));
    case "asks":
      return run.ask(newQuestions(run.job, outcome.questions), { wakeAtEpochMs: outcome.wakeAtEpochMs });
    case "refused":
      return succeeded(keptResult(toolFailed(outcome.error.message)));
    case "cancelled":
    case "detached":
    case "task":
      return failed({ code: "run_stopped", message: "The run was stopped." }, { isFinal: false });
  }
}

/** What can't be sent, since it is too large or no JSON, is an answer that says so. */
function keptResult(result: object): Json {
  const reply: { readonly result: Json } = JSON.parse(boundedResultJson(0, "tools/call", result, (whole) => whole));
  return reply.result;
}
