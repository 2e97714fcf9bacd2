import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../core/ports/clock.ts";
import { environmentVariables } from "./environment-variables.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { type FunctionError, type Invocation, type InvocationOutcome, StreamBroken } from "./invocation.ts";
import { HEAP_SHARE, type LambdaLimits, MEMORY_LOOK_INTERVAL_MS } from "./limits.ts";
import { memoryBytes } from "./process-memory.ts";
import { RuntimeApi } from "./runtime-api.ts";

const BOOTSTRAP = fileURLToPath(new URL("./runtime/bootstrap.js", import.meta.url));
const MEGABYTE = 1024 * 1024;

/** What an environment is told by its host. */
export interface EnvironmentPlace {
  /** Those of one id share a folder to write to. */
  readonly id: string;
  readonly provisioned: boolean;
  readonly clock: Clock;
  readonly limits: LambdaLimits;
}

/** How an environment came to its end, if it did not end by itself. */
type End = "timed_out" | "out_of_memory" | "closed";

const ERROR_TYPES: Readonly<Record<End | "crashed", string>> = {
  timed_out: "Sandbox.Timedout",
  out_of_memory: "Runtime.OutOfMemory",
  closed: "Runtime.ExitError",
  crashed: "Runtime.ExitError",
};

/**
 * One process of a function, as Lambda runs it: it has one call at a time and is stopped between two. It has a folder to
 * write to, and may write nowhere else.
 */
export class Environment {
  readonly id: string;
  readonly #function: HostedFunction;
  readonly #clock: Clock;
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  #end: End | undefined;
  #isGone = false;

  private constructor(
    of: HostedFunction,
    { id, clock }: EnvironmentPlace,
    { api, child }: { api: RuntimeApi; child: ChildProcess },
  ) {
    this.#function = of;
    this.id = id;
    this.#clock = clock;
    this.#api = api;
    this.#child = child;
    const watch = endWithHost(child);
    this.#exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#isGone = true;
        watch.kill("SIGKILL");
        api.close();
        resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`);
      });
    });
  }

  /** Starts a process; it is initialized when `init` resolves. */
  static async start(of: HostedFunction, place: EnvironmentPlace): Promise<Environment> {
    const { id, provisioned, limits } = place;
    const api = await RuntimeApi.open(limits);
    const temporaryDir = join(of.temporaryDir, id);
    mkdirSync(temporaryDir, { recursive: true, mode: 0o700 });
    const heapMb = Math.floor(of.shape.memoryMb * HEAP_SHARE);
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, ...readOnly(temporaryDir), BOOTSTRAP], {
      cwd: of.codeDir,
      env: environmentVariables(of, { id, api: api.address, temporaryDir, provisioned }),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: what it starts is stopped, continued and ended with it.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => of.log(id, text));
    return new Environment(of, place, { api, child });
  }

  get isGone(): boolean {
    return this.#isGone || this.#end !== undefined;
  }

  /**
   * Runs the module's own code; tells what went wrong in it.
   *
   * @param requestId of the call that waits for it; `INIT` where none does.
   */
  async init(timeoutMs: number, requestId: string): Promise<FunctionError | undefined> {
    const over = this.#killAfter(timeoutMs);
    const exited = this.#exited.then((how) => this.#exitError(how, requestId));
    const error = await Promise.race([this.#api.initialized, exited]);
    over.abort();
    if (error === undefined) this.#signal("SIGSTOP");
    else this.#kill("closed");
    return error;
  }

  /**
   * @param leftMs of the function's time, where its start has taken a part of that.
   * @param onIdle called when the process has asked for the next event and is stopped, or is gone.
   * @returns a whole reply after that, so that who calls again finds the same process; a stream when it begins.
   */
  async invoke(
    invocation: Invocation,
    { leftMs, onIdle }: { readonly leftMs: number; readonly onIdle: () => void },
  ): Promise<InvocationOutcome> {
    const { shape, functionArn } = this.#function;
    const over = this.#killAfter(leftMs);
    const looking = setInterval(() => this.#lookAtMemory(shape.memoryMb), MEMORY_LOOK_INTERVAL_MS);
    this.#signal("SIGCONT");
    const answering = this.#api.invoke({ ...invocation, functionArn, deadlineEpochMs: this.#clock.nowMs() + leftMs });
    const gone = this.#exited.then((how): InvocationOutcome => {
      return { kind: "error", error: this.#exitError(how, invocation.requestId) };
    });
    const idle = Promise.race([answering.then(() => this.#api.nextAsked()), this.#exited]).then(() => {
      over.abort();
      clearInterval(looking);
      this.#signal("SIGSTOP");
      onIdle();
    });
    const outcome = await Promise.race([answering, gone]);
    if (outcome.kind === "stream") return { ...outcome, body: this.#streamed(outcome.body, idle) };
    await idle;
    return outcome;
  }

  /** Ends the process at once, as Lambda ends one that it has no more use for. */
  async close(): Promise<void> {
    this.#kill("closed");
    await this.#exited;
  }

  /** A stream that broke off because its process was ended says why. */
  async *#streamed(body: AsyncIterable<Buffer>, idle: Promise<void>): AsyncGenerator<Buffer> {
    try {
      yield* body;
    } catch (error) {
      throw this.#end === undefined ? error : new StreamBroken(ERROR_TYPES[this.#end]);
    } finally {
      await idle;
    }
  }

  /** In Lambda's own words, since alarms and people look for them. */
  #exitError(how: string, requestId: string): FunctionError {
    const end = this.#end ?? "crashed";
    const messages: Readonly<Record<typeof end, string>> = {
      timed_out: `Task timed out after ${(this.#function.timeoutMs / 1000).toFixed(2)} seconds`,
      out_of_memory: "Runtime exited with error: signal: killed",
      closed: "Runtime exited with error: signal: killed",
      crashed: `Runtime exited with error: ${how}`,
    };
    return { errorType: ERROR_TYPES[end], errorMessage: `RequestId: ${requestId} Error: ${messages[end]}` };
  }

  /** Until the signal of what it returns is aborted. */
  #killAfter(timeoutMs: number): AbortController {
    const over = new AbortController();
    void this.#clock.sleep(timeoutMs, over.signal).then(() => {
      if (!over.signal.aborted) this.#kill("timed_out");
    });
    return over;
  }

  #lookAtMemory(memoryMb: number): void {
    const { pid } = this.#child;
    if (pid !== undefined && memoryBytes(pid) > memoryMb * MEGABYTE) this.#kill("out_of_memory");
  }

  #kill(end: End): void {
    if (this.isGone) return;
    this.#end = end;
    this.#signal("SIGKILL");
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isGone) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group was gone before its end was told.
    }
  }
}

/**
 * A stopped process would outlive a host that was killed, and for ever. A shell reads from the host what never comes: at
 * its end, which is the host's own, it ends the environment's group.
 */
function endWithHost({ pid }: ChildProcess): ChildProcess {
  const watch = spawn("/bin/sh", ["-c", 'read -r _; kill -9 "-$0"', String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watch.unref();
  return watch;
}

/**
 * Lambda's code folder can't be written to, whoever runs it. The permissions of Node do the same here, also for a user
 * whom the files belong to.
 */
function readOnly(temporaryDir: string): readonly string[] {
  return [
    "--permission",
    "--allow-fs-read=*",
    `--allow-fs-write=${temporaryDir}`,
    "--allow-child-process",
    "--allow-worker",
    "--disable-warning=SecurityWarning",
  ];
}
