import type { Json } from "../../core/ports/table.ts";
import type { TenantLimits } from "../../core/quota/tenant-limits.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { ContentBlock, ResourceContents } from "./content.ts";
import type { Question } from "./question.ts";
import type { Read, ToolSchema } from "./schema.ts";

export type LogLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency";

/** What a tool, a prompt or a resource knows of the call that runs it. */
export interface CallScope {
  readonly tenantId: TenantId;
  readonly principal: Principal;
  /** What the tenant may have at most. */
  readonly limits: TenantLimits;
  /**
   * The same each time one call is run again: after an answer to a question, and after the process that ran it died.
   * A write keyed by it happens once.
   */
  readonly callId: string;
  readonly deadlineEpochMs: number;
  /** Aborted at the deadline, when the caller cancels, and (2026-07-28) when the caller is gone. */
  readonly signal: AbortSignal;
  /** Shown to a caller that asked for progress; dropped otherwise, where it does not increase, and where nobody reads. */
  progress(done: number, total?: number, message?: string): void;
  /** Sent to a caller that asked for messages of this level; dropped where it does not read them. */
  log(level: LogLevel, data: unknown, logger?: string): void;
  /**
   * Asks the caller's side and answers once all answers are there.
   *
   * The call may end here and be run again from its start, anywhere, when the answers come: what stands before `ask`
   * runs again, so write nothing before it that may not happen twice. Keys are unique within the call.
   * A client that can't be asked gets a clear error.
   */
  ask<Answers extends Readonly<Record<string, unknown>>>(
    questions: {
      readonly [Key in keyof Answers]: Question<Answers[Key]>;
    },
  ): Promise<Answers>;
  /** Whether the caller's client says of itself that it can be asked this. */
  canAsk(question: Question<unknown>): boolean;
  /**
   * Lets a caller that can come back (2025-11-25 and later of the legacy revisions) close its stream now and fetch the
   * reply by reconnecting; the call is run again when it does. Elsewhere it does nothing.
   */
  detach(): Promise<void>;
  /** Where a job runs it; undefined within a call. */
  readonly job?: JobScope | undefined;
  /** Tells those of the tenant who listen that a list, or the resource with this uri, has changed. */
  changed(what: "tools" | "prompts" | "resources" | { readonly uri: string }): Promise<void>;
}

/** What a tool knows of the job that runs it. */
export interface JobScope {
  readonly jobId: string;
  /**
   * Rises each time a worker begins with the job. A store that keeps the highest it has seen can refuse what a run
   * that was taken for lost still sends.
   */
  readonly term: number;
  readonly notes: JobNotes;
  /**
   * Ends this run, and keeps no worker: the job is run again from its start at a time, or once somebody wakes it by
   * `Jobs.wake`.
   */
  sleep(untilEpochMs: number): Promise<never>;
  /** Asks the caller's side as `ask` does, and sleeps until the answers are there, or until it is woken by anything else. */
  askUntil<Answers extends Readonly<Record<string, unknown>>>(
    epochMs: number,
    questions: { readonly [Key in keyof Answers]: Question<Answers[Key]> },
  ): Promise<Answers>;
}

/**
 * What a job has written down for its later runs: how far it is, what it has made. Kept as long as the job.
 *
 * Exactly one effect: once a run has written a note, no run before it changes the note any more, however late its writes
 * arrive.
 */
export interface JobNotes {
  /** Undefined where nothing of that name was written. */
  get(name: string): Promise<Json | undefined>;
  /**
   * @param name 1 to 128 characters.
   * @param value up to 256 KB as JSON.
   * @throws ToolError for another name or a larger value. Where another run has begun, this run is over, and it throws
   *   what ends it.
   */
  put(name: string, value: Json): Promise<void>;
}

export interface ToolAnnotations {
  /** It changes nothing. */
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  /** Run twice with the same arguments, it has the effect of once. */
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

export interface Icon {
  readonly src: string;
  readonly mimeType?: string;
  readonly sizes?: readonly string[];
  readonly theme?: "light" | "dark";
}

interface Described {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: readonly Icon[];
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A reply with more than one text, with media, or with `isError`. A plain string does for one text. */
export interface ToolReply {
  readonly content: readonly ContentBlock[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
}

export interface Tool extends Described {
  readonly kind: "tool";
  readonly description: string;
  readonly input: ToolSchema;
  /** When given, `run` answers with the structured value, and a value that does not fit it never leaves. */
  readonly output?: ToolSchema;
  readonly annotations?: ToolAnnotations;
  /**
   * After this the call is ended with an error; of a job, each of its runs.
   * @default 60 s, of a job 10 min; the door, or the worker, may cut sooner.
   */
  readonly timeoutMs?: number;
  /**
   * Run again with the same `callId`, it has the effect of once. A call of such a tool that lost its process is run
   * again; one of another tool is answered with an error that says it may or may not have taken effect.
   * @default what `readOnlyHint` or `idempotentHint` says; true of a job
   */
  readonly rerunnable?: boolean;
  /**
   * `job` runs it off the call, by a worker, as long as it takes, also when the caller and the process that took the call
   * are gone. A caller with the tasks extension (2026-07-28) gets a task. Another one waits, and is given the job's id
   * where that takes too long. Where a server keeps no jobs, it runs within the call.
   * @default "call"
   */
  readonly mode?: "call" | "job";
  /**
   * Of a job, refused to callers without the tasks extension: for what always takes too long to wait for.
   * @default false
   */
  readonly taskOnly?: boolean;
  /**
   * Of a job that others than its caller take part in, such as people who are asked: a caller that only leaves, or that does
   * not answer what it is asked, has not cancelled it. The job goes on, and what it comes to can be fetched.
   * @default false
   */
  readonly outlivesCaller?: boolean;
  /**
   * Of a job, run within the call before there is a job: asks what has to be known first, or refuses by a
   * {@link ToolError}. What it asks is answered for `run` too, by the same keys. Run again with each answer.
   */
  readonly prepare?: (args: never, scope: CallScope) => unknown;
  readonly run: (args: never, scope: CallScope) => unknown;
}

/** The reply stands outside of the condition, so that a literal `type` of a content block is not widened. */
type Outcome<O extends ToolSchema | undefined> = ToolReply | (O extends ToolSchema ? Read<O> : string);

/**
 * Declares a tool.
 *
 * @param definition `input` must describe an object. `run` answers with a text, with a {@link ToolReply}, or, where
 *   there is an `output` schema, with a value of it. What it throws becomes an `isError` reply with the error's message
 *   only when the error is a {@link ToolError}; anything else is reported as an internal failure.
 */
export function defineTool<I extends ToolSchema, O extends ToolSchema | undefined = undefined>(
  definition: Omit<Tool, "kind" | "input" | "output" | "prepare" | "run"> & {
    readonly input: I;
    readonly output?: O;
    readonly prepare?: (args: Read<I>, scope: CallScope) => void | Promise<void>;
    readonly run: (args: Read<I>, scope: CallScope) => Outcome<O> | Promise<Outcome<O>>;
  },
): Tool {
  return { ...definition, kind: "tool" } as Tool;
}

/** A failure whose message is meant for the model that called: what was wrong and what is allowed. */
export class ToolError extends Error {
  readonly code = "tool_error";
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolError";
  }
}

export interface Resource extends Described {
  readonly kind: "resource";
  readonly uri: string;
  readonly mimeType?: string;
  readonly sizeBytes?: number;
  /** A text, bytes, or contents of several parts. */
  readonly read: (scope: CallScope) => ResourceBody | Promise<ResourceBody>;
}

export type ResourceBody = string | Uint8Array | readonly ResourceContents[];

export interface ResourceTemplate extends Described {
  readonly kind: "resource_template";
  /** RFC 6570, level 1: `{name}` stands for one path segment. */
  readonly uriTemplate: string;
  readonly mimeType?: string;
  /** Undefined says that there is no such resource. */
  readonly read: (
    variables: Readonly<Record<string, string>>,
    scope: CallScope,
  ) => ResourceBody | undefined | Promise<ResourceBody | undefined>;
  readonly complete?: Readonly<Record<string, Completer>>;
}

/** Candidates for a value begun so far, best first. More than 100 are cut. */
export type Completer = (
  begun: string,
  others: Readonly<Record<string, string>>,
) => readonly string[] | Promise<readonly string[]>;

export interface Prompt extends Described {
  readonly kind: "prompt";
  readonly arguments?: readonly PromptArgument[];
  readonly get: (args: Readonly<Record<string, string>>, scope: CallScope) => PromptBody | Promise<PromptBody>;
}

export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly complete?: Completer;
}

export type PromptBody = string | readonly { readonly role: "user" | "assistant"; readonly content: ContentBlock }[];

export function defineResource(definition: Omit<Resource, "kind">): Resource {
  return { ...definition, kind: "resource" };
}

export function defineResourceTemplate(definition: Omit<ResourceTemplate, "kind">): ResourceTemplate {
  return { ...definition, kind: "resource_template" };
}

export function definePrompt(definition: Omit<Prompt, "kind">): Prompt {
  return { ...definition, kind: "prompt" };
}

export type Definition = Tool | Resource | ResourceTemplate | Prompt;

/** What a server offers. Names (and uris) are unique over all toolkits of a server. */
export type Toolkit = readonly Definition[];

export type Toolkits = Readonly<Record<string, Toolkit>>;
