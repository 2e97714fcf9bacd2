import type { Jobs } from "../../core/job/jobs.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import { type CatalogueTool, findTemplate } from "../catalogue/catalogue.ts";
import {
  JOB_AWAITED_MS,
  JOB_HANDLE_MARGIN_MS,
  JOB_TOOL_TIMEOUT_DEFAULT_MS,
  QUESTIONS_MAX,
  ROUNDS_MAX,
  STREAM_END_MARGIN_MS,
  TOOL_TIMEOUT_DEFAULT_MS,
} from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { internalError, invalidParams, isRecord, missingCapability, type RpcError } from "../protocol/json-rpc.ts";
import type { Question } from "../toolkit/question.ts";
import { type Prompt, type PromptBody, type ResourceBody, ToolError } from "../toolkit/tool.ts";
import type { CallState, MrtrMethod } from "./call-state.ts";
import type { Caller } from "./caller.ts";
import { type Ending, type KnownJob, RunningCall } from "./running-call.ts";
import { failed, toolReply } from "./tool-reply.ts";

/** What one run of a call came to. */
export type CallOutcome =
  | { readonly outcome: "complete"; readonly result: object }
  | {
      readonly outcome: "asks";
      readonly questions: ReadonlyMap<string, Question<unknown>>;
      readonly state: CallState;
      /** Of a job's run: when it is to be run again, whatever was not answered. */
      readonly wakeAtEpochMs?: number | undefined;
    }
  | { readonly outcome: "detached"; readonly state: CallState }
  /** It goes on as a task, to a caller that can handle one. */
  | { readonly outcome: "task"; readonly task: object }
  | { readonly outcome: "refused"; readonly error: RpcError }
  /** The caller wants no reply any more. */
  | { readonly outcome: "cancelled" };

/** What the log says of it. */
export function outcomeName(outcome: CallOutcome): string {
  switch (outcome.outcome) {
    case "complete":
      return "isError" in outcome.result && outcome.result.isError === true ? "tool_error" : "ok";
    case "refused":
      return String(outcome.error.code);
    case "asks":
      return "input_required";
    case "detached":
    case "task":
    case "cancelled":
      return outcome.outcome;
  }
}

export interface CallRequest {
  readonly method: MrtrMethod;
  readonly params: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** From the run before this one. */
  readonly state?: CallState;
  readonly notify: (method: string, params: Readonly<Record<string, unknown>>) => void;
  /** Whether a task may be the answer, to a caller that declares them. @default false */
  readonly mayBeTask?: boolean;
  /** Set where a worker runs a job's tool: it runs here and now. */
  readonly inJob?: InJob;
}

export interface InJob {
  readonly scope: KnownJob;
  /** Told of a fault, in the place of the operator: the run may be tried again. */
  readonly faulted: (fault: unknown) => void;
}

export interface StartedCall {
  readonly run: RunningCall;
  /** Never rejects. */
  readonly outcome: Promise<CallOutcome>;
}

/**
 * Runs a tool, a prompt or a resource once, in either era.
 * Whatever it does (throws, hangs, answers nonsense, is cancelled) becomes one outcome in time.
 */
export function startCall(server: McpServer, request: CallRequest): StartedCall {
  const tool = calledTool(server.catalogue, request);
  const run = new RunningCall({
    caller: request.caller,
    deadlineEpochMs: deadlineOf(server, request.caller, timeoutOf(server, request, tool)),
    state: request.state,
    newCallId: () => server.chance.uuid(),
    notify: request.notify,
    publish: (tenantId, change) => server.feed.publish(tenantId, change),
    job: request.inJob?.scope,
  });
  return { run, outcome: runToOutcome(server, request, run, tool) };
}

/** Where the call's tool is to run in a job of its own. */
function jobsFor(server: McpServer, { inJob }: CallRequest, { tool }: CatalogueTool): Jobs | undefined {
  return tool.mode === "job" && inJob === undefined ? server.jobs : undefined;
}

function timeoutOf(server: McpServer, request: CallRequest, entry: CatalogueTool | undefined): number {
  if (entry === undefined) return TOOL_TIMEOUT_DEFAULT_MS;
  if (jobsFor(server, request, entry) !== undefined) return JOB_AWAITED_MS + JOB_HANDLE_MARGIN_MS;
  return entry.tool.timeoutMs ?? (request.inJob === undefined ? TOOL_TIMEOUT_DEFAULT_MS : JOB_TOOL_TIMEOUT_DEFAULT_MS);
}

function deadlineOf(server: McpServer, { context }: Caller, timeoutMs: number): number {
  return Math.min(server.clock.nowMs() + timeoutMs, context.deadlineEpochMs - STREAM_END_MARGIN_MS);
}

async function runToOutcome(
  server: McpServer,
  request: CallRequest,
  run: RunningCall,
  tool: CatalogueTool | undefined,
): Promise<CallOutcome> {
  const { context, leavingCancels } = request.caller;
  const watched = {
    look(nowMs: number) {
      if (leavingCancels && context.signal.aborted) run.end("cancelled");
      if (nowMs >= run.deadlineEpochMs) run.end("deadline");
    },
  };
  server.watch.add(watched);
  try {
    const settled = await run.settle(work(server, request, run, tool));
    if (typeof settled === "string") return endedOutcome(server, request, run, settled);
    return suspendedOutcome(request, run) ?? settled;
  } catch (fault) {
    return suspendedOutcome(request, run) ?? faultOutcome(server, request, fault);
  } finally {
    server.watch.remove(watched);
  }
}

function work(
  server: McpServer,
  request: CallRequest,
  run: RunningCall,
  tool: CatalogueTool | undefined,
): Promise<CallOutcome> {
  switch (request.method) {
    case "tools/call":
      return tool === undefined
        ? Promise.resolve(unknown("tool", request.params.name))
        : runTool(server, request, tool, run);
    case "prompts/get":
      return runPrompt(server, request.params, run);
    case "resources/read":
      return runResource(server, request.params, run);
  }
}

const complete = (result: object): CallOutcome => ({ outcome: "complete", result });
const refuse = (error: RpcError): CallOutcome => ({ outcome: "refused", error });
const unknown = (what: string, name: unknown): CallOutcome =>
  refuse(
    invalidParams(
      typeof name === "string" ? `there is no ${what} ${name}` : `params.name is not the name of a ${what}`,
    ),
  );

async function runTool(
  server: McpServer,
  request: CallRequest,
  entry: CatalogueTool,
  run: RunningCall,
): Promise<CallOutcome> {
  const given = request.params.arguments ?? {};
  if (!isRecord(given)) return refuse(invalidParams("arguments is not an object"));
  const checking = entry.input.check(given);
  const checked = checking instanceof Promise ? await checking : checking;
  if (!checked.ok) return complete(failed(`Invalid arguments for the tool ${entry.tool.name}: ${checked.why}`));
  const jobs = jobsFor(server, request, entry);
  if (jobs !== undefined) {
    const { callAsJob } = await import("../task/call-as-job.ts");
    return callAsJob(server, request, { jobs, entry, run, given, args: checked.value });
  }
  return complete(await toolReply(entry, await entry.tool.run(checked.value as never, run)));
}

async function runPrompt(
  server: McpServer,
  params: Readonly<Record<string, unknown>>,
  run: RunningCall,
): Promise<CallOutcome> {
  const prompt = typeof params.name === "string" ? server.catalogue.prompts.get(params.name) : undefined;
  if (prompt === undefined) return unknown("prompt", params.name);
  const given = params.arguments ?? {};
  if (!isRecord(given) || !isTexts(given)) return refuse(invalidParams("arguments is not an object of strings"));
  const missing = prompt.arguments?.find(({ name, required }) => required === true && !Object.hasOwn(given, name));
  if (missing !== undefined)
    return refuse(invalidParams(`the prompt ${prompt.name} needs the argument ${missing.name}`));
  return complete(promptResult(prompt, await prompt.get(given, run)));
}

function promptResult({ description }: Prompt, body: PromptBody): object {
  const messages = typeof body === "string" ? [{ role: "user", content: { type: "text", text: body } }] : body;
  return { description, messages };
}

function isTexts(given: Readonly<Record<string, unknown>>): given is Readonly<Record<string, string>> {
  return Object.values(given).every((value) => typeof value === "string");
}

async function runResource(
  server: McpServer,
  params: Readonly<Record<string, unknown>>,
  run: RunningCall,
): Promise<CallOutcome> {
  const { uri } = params;
  if (typeof uri !== "string") return refuse(invalidParams("params.uri is not a string"));
  const resource = server.catalogue.resources.get(uri);
  if (resource !== undefined) return complete(resourceResult(uri, resource.mimeType, await resource.read(run)));
  const found = findTemplate(server.catalogue, uri);
  const body = found === undefined ? undefined : await found.template.read(found.variables, run);
  if (found === undefined || body === undefined) return refuse(invalidParams("there is no such resource", { uri }));
  return complete(resourceResult(uri, found.template.mimeType, body));
}

function resourceResult(uri: string, mimeType: string | undefined, body: ResourceBody): object {
  if (typeof body === "string") return { contents: [{ uri, mimeType, text: body }] };
  if (body instanceof Uint8Array) return { contents: [{ uri, mimeType, blob: Buffer.from(body).toString("base64") }] };
  return { contents: body };
}

/** The run asked or let its caller go: what it answered beside that, or threw, says nothing. */
function suspendedOutcome(request: CallRequest, run: RunningCall): CallOutcome | undefined {
  if (run.lackingCapability !== undefined) return refuse(missingCapability(run.lackingCapability));
  const { wakeAtEpochMs } = run;
  if (run.pending.size === 0 && !run.detached && wakeAtEpochMs === undefined) return undefined;
  if (run.pending.size > QUESTIONS_MAX) {
    return unable(request.method, `It asked more than ${QUESTIONS_MAX} questions at once.`);
  }
  const round = (request.state?.round ?? 0) + 1;
  if (round > ROUNDS_MAX) return unable(request.method, `It asked more than ${ROUNDS_MAX} rounds of questions.`);
  const state = {
    callId: run.callId,
    answers: request.state?.answers ?? {},
    round,
    returned: run.detached || (request.state?.returned ?? false),
    progress: run.progressed,
    ...(run.jobId === undefined ? {} : { jobId: run.jobId }),
  };
  return run.detached && run.pending.size === 0
    ? { outcome: "detached", state }
    : { outcome: "asks", questions: run.pending, state, wakeAtEpochMs };
}

async function endedOutcome(
  server: McpServer,
  request: CallRequest,
  run: RunningCall,
  ending: Ending,
): Promise<CallOutcome> {
  if (ending === "deadline")
    return unable(request.method, "It did not finish in the time it may take and was stopped.");
  if (ending === "cancelled" && run.afterCancel !== undefined) {
    await run.afterCancel().catch((fault: unknown) => server.report(fault, request.caller.context.requestId));
  }
  return { outcome: "cancelled" };
}

function faultOutcome(server: McpServer, request: CallRequest, fault: unknown): CallOutcome {
  if (fault instanceof ToolError) return unable(request.method, fault.message);
  const reference = request.caller.context.requestId;
  if (request.inJob === undefined) server.report(fault, reference);
  else request.inJob.faulted(fault);
  if (isStoreFault(fault))
    return unable(request.method, `A store that it needs did not answer; try again later (${reference}).`);
  if (request.method !== "tools/call") return refuse(internalError(reference));
  return complete(failed(`The tool ${String(request.params.name)} failed; the operator finds why under ${reference}.`));
}

function isStoreFault(fault: unknown): boolean {
  return isRecord(fault) && fault.code === "store_unavailable";
}

/** What a model should read of a tool is a result; what a prompt or a resource could not do is an error. */
export function unable(method: MrtrMethod, message: string): CallOutcome {
  if (method === "tools/call") return complete(failed(message));
  return refuse({ code: -32603, message, status: 500 });
}
