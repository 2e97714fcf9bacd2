import type { TenantLimits } from "../../core/quota/tenant-limits.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { Change } from "../feed/change-feed.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { Question } from "../toolkit/question.ts";
import type { CallScope, JobScope, LogLevel } from "../toolkit/tool.ts";
import type { CallState } from "./call-state.ts";
import { type Caller, type Capabilities, isWanted, lackingCapability } from "./caller.ts";

/** Thrown out of `ask` and `detach` to end this run; the call is run again when the caller's side has answered. */
export class CallSuspended extends Error {
  readonly code = "call_suspended";
  constructor() {
    super("this run of the call ends here; it is run again with the answers");
    this.name = "CallSuspended";
  }
}

/** Why a run ended before its tool did; `lost` where another process goes on with the call, or nobody can. */
export type Ending = "deadline" | "cancelled" | "lost";

/** What is known of a job before its tool runs. */
export type KnownJob = Omit<JobScope, "sleep" | "askUntil">;

export interface RunOptions {
  readonly caller: Caller;
  readonly deadlineEpochMs: number;
  /** Given on a later run of the same call. */
  readonly state: CallState | undefined;
  readonly newCallId: () => string;
  readonly notify: (method: string, params: Readonly<Record<string, unknown>>) => void;
  readonly publish: (tenantId: TenantId, change: Change) => Promise<void>;
  readonly job: KnownJob | undefined;
}

/**
 * One run of a call: the scope that its tool sees, and what the run came to.
 * Nothing is made before it is used, since most calls use nothing of it.
 */
export class RunningCall implements CallScope {
  readonly #options: RunOptions;
  #callId: string | undefined;
  #abort: AbortController | undefined;
  #ending: Ending | undefined;
  #progress: number | undefined;
  #onEnd: ((ending: Ending) => void) | undefined;
  /** Asked in this run and not yet answered. */
  readonly pending = new Map<string, Question<unknown>>();
  /** Until when a job's run that ended is to be left alone. */
  wakeAtEpochMs: number | undefined;
  #lacking: Capabilities | undefined;
  #detached = false;
  /** The job that the call waits for. */
  jobId: string | undefined;
  /** What is left to do once the caller has cancelled the call. */
  afterCancel: (() => Promise<void>) | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#callId = options.state?.callId;
    this.#progress = options.state?.progress;
    this.jobId = options.state?.jobId;
  }

  get tenantId(): TenantId {
    return this.#options.caller.context.principal.tenantId;
  }

  get principal(): Principal {
    return this.#options.caller.context.principal;
  }

  get limits(): TenantLimits {
    return this.#options.caller.context.policy.limits;
  }

  get callId(): string {
    this.#callId ??= this.#options.newCallId();
    return this.#callId;
  }

  get job(): JobScope | undefined {
    const { job } = this.#options;
    if (job === undefined) return undefined;
    return {
      ...job,
      sleep: async (untilEpochMs) => {
        this.wakeAtEpochMs = untilEpochMs;
        throw new CallSuspended();
      },
      askUntil: async (epochMs, questions) => {
        this.wakeAtEpochMs = epochMs;
        const answers = await this.ask(questions);
        this.wakeAtEpochMs = undefined;
        return answers;
      },
    };
  }

  canAsk(question: Question<unknown>): boolean {
    return lackingCapability(question, this.#options.caller.capabilities) === undefined;
  }

  get deadlineEpochMs(): number {
    return this.#options.deadlineEpochMs;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ending !== undefined) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  progress(done: number, total?: number, message?: string): void {
    const { progressToken } = this.#options.caller;
    if (progressToken === undefined || this.#ending !== undefined || !Number.isFinite(done)) return;
    if (this.#progress !== undefined && done <= this.#progress) return;
    this.#progress = done;
    const whole = Number.isFinite(total) ? total : undefined;
    this.#options.notify("notifications/progress", { progressToken, progress: done, total: whole, message });
  }

  log(level: LogLevel, data: unknown, logger?: string): void {
    if (this.#ending !== undefined || !isWanted(level, this.#options.caller.logLevel)) return;
    this.#options.notify("notifications/message", { level, logger, data });
  }

  async ask<Answers extends Readonly<Record<string, unknown>>>(
    questions: {
      readonly [Key in keyof Answers]: Question<Answers[Key]>;
    },
  ): Promise<Answers> {
    const answers: Record<string, unknown> = {};
    for (const [key, question] of Object.entries<Question<unknown>>(questions)) {
      const given = this.#options.state?.answers;
      const answer = given !== undefined && Object.hasOwn(given, key) ? question.read(given[key]) : undefined;
      if (answer === undefined) this.#put(key, question);
      else answers[key] = answer;
    }
    if (this.pending.size > 0) throw new CallSuspended();
    return answers as Answers; // every key was read by its own question
  }

  async detach(): Promise<void> {
    if (!this.#options.caller.canReturn || this.#options.state?.returned === true) return;
    this.#detached = true;
    throw new CallSuspended();
  }

  changed(what: Change): Promise<void> {
    return this.#options.publish(this.tenantId, what);
  }

  /** The client was asked for something that it did not declare. */
  get lackingCapability(): Capabilities | undefined {
    return this.#lacking;
  }

  /** The last progress that was told. */
  get progressed(): number | undefined {
    return this.#progress;
  }

  get detached(): boolean {
    return this.#detached;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Ends the run now, whatever its tool does. */
  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#abort?.abort();
    this.#onEnd?.(ending);
  }

  /** Settles with what the tool came to, or when the run is ended, whichever is first. */
  settle<T>(work: Promise<T>): Promise<T | Ending> {
    return new Promise((resolve, reject) => {
      this.#onEnd = resolve;
      work.then(resolve, reject);
    });
  }

  #put(key: string, question: Question<unknown>): void {
    const lacking = lackingCapability(question, this.#options.caller.capabilities);
    if (lacking !== undefined) this.#lacking = bothOf(this.#lacking, lacking);
    this.pending.set(key, question);
  }
}

/** Two modes of one capability may be lacking. */
function bothOf(one: Capabilities | undefined, other: Capabilities): Capabilities {
  const both: Record<string, unknown> = { ...one };
  for (const [name, modes] of Object.entries(other)) {
    const known = both[name];
    both[name] = isRecord(known) && isRecord(modes) ? { ...known, ...modes } : modes;
  }
  return both;
}
