import type { Clock } from "../../core/ports/clock.ts";
import { Environment } from "./environment.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { type FunctionError, failed, type Invocation, type InvocationOutcome } from "./invocation.ts";
import { LAMBDA_LIMITS, type LambdaLimits } from "./limits.ts";

interface IdleEnvironment {
  readonly environment: Environment;
  readonly sinceMs: number;
}

export interface PoolSurroundings {
  readonly clock: Clock;
  /** @default LAMBDA_LIMITS */
  readonly limits?: LambdaLimits;
}

/**
 * The environments of one function. A call gets an idle one, or a new one where all are busy. Of several idle ones it is
 * the one that waited longest, so that calls of one client come to different processes wherever they can.
 */
export class EnvironmentPool {
  readonly #function: HostedFunction;
  readonly #clock: Clock;
  readonly #limits: LambdaLimits;
  readonly #environments = new Set<Environment>();
  /** Longest idle first. */
  #idle: IdleEnvironment[] = [];
  #startedCount = 0;
  #startingCount = 0;
  readonly #closed = new AbortController();

  private constructor(of: HostedFunction, { clock, limits = LAMBDA_LIMITS }: PoolSurroundings) {
    this.#function = of;
    this.#clock = clock;
    this.#limits = limits;
    void this.#endIdleOnes();
  }

  /**
   * Starts the provisioned environments.
   *
   * @throws {FunctionNotInitialized} when one of them can't start.
   */
  static async open(of: HostedFunction, surroundings: PoolSurroundings): Promise<EnvironmentPool> {
    const pool = new EnvironmentPool(of, surroundings);
    const starting = Array.from({ length: of.provisionedCount }, () => pool.#startProvisioned());
    for (const started of await Promise.all(starting)) {
      if (!(started instanceof Environment)) {
        await pool.close();
        throw new FunctionNotInitialized(of.functionName, started);
      }
      pool.#put(started);
    }
    return pool;
  }

  /** Never rejects for what the function does: that is in the outcome. */
  async invoke(invocation: Invocation): Promise<InvocationOutcome> {
    const { eventBytesMax } = this.#limits;
    if (Buffer.byteLength(invocation.event) > eventBytesMax) {
      return failed("RequestEntityTooLarge", `an event may have ${eventBytesMax} bytes`);
    }
    const idle = this.#idle.shift()?.environment;
    return idle === undefined ? this.#startAndInvoke(invocation) : this.#run(idle, invocation);
  }

  /** Ends all environments, whatever they do. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#idle = [];
    await Promise.all([...this.#environments].map((environment) => environment.close()));
  }

  async #startProvisioned(): Promise<Environment | FunctionError> {
    const { timeoutMs } = this.#function;
    const environment = await this.#start({ id: this.#newId(), provisioned: true });
    const error = await environment.init(Math.max(this.#limits.provisionedInitTimeoutMs, timeoutMs), "INIT");
    return error ?? environment;
  }

  /** A start that fails or takes too long is tried once more, within the time of the call that waits for it. */
  async #startAndInvoke(invocation: Invocation): Promise<InvocationOutcome> {
    if (this.#closed.signal.aborted || this.#environments.size + this.#startingCount >= this.#limits.environmentsMax) {
      return failed("TooManyRequestsException", "Rate Exceeded.");
    }
    const { initTimeoutMs } = this.#limits;
    const place = { id: this.#newId(), provisioned: false };
    const first = await this.#start(place);
    const beganMs = this.#clock.nowMs();
    const firstError = await first.init(initTimeoutMs, invocation.requestId);
    if (firstError === undefined) return this.#run(first, invocation);
    this.#environments.delete(first);
    this.#function.log(place.id, initReport(firstError, this.#clock.nowMs() - beganMs));
    return this.#startAgainAndInvoke(place.id, invocation);
  }

  async #startAgainAndInvoke(id: string, invocation: Invocation): Promise<InvocationOutcome> {
    const { timeoutMs } = this.#function;
    const endsMs = this.#clock.nowMs() + timeoutMs;
    const second = await this.#start({ id, provisioned: false });
    const error = await second.init(timeoutMs, invocation.requestId);
    if (error === undefined) return this.#run(second, invocation, endsMs - this.#clock.nowMs());
    this.#environments.delete(second);
    return { kind: "error", error };
  }

  async #start(place: { readonly id: string; readonly provisioned: boolean }): Promise<Environment> {
    this.#startingCount++;
    try {
      const surroundings = { ...place, clock: this.#clock, limits: this.#limits };
      const environment = await Environment.start(this.#function, surroundings);
      this.#environments.add(environment);
      return environment;
    } finally {
      this.#startingCount--;
    }
  }

  #run(
    environment: Environment,
    invocation: Invocation,
    leftMs = this.#function.timeoutMs,
  ): Promise<InvocationOutcome> {
    return environment.invoke(invocation, { leftMs, onIdle: () => this.#put(environment) });
  }

  #newId(): string {
    return `${this.#function.shape.name}-${++this.#startedCount}`;
  }

  #put(environment: Environment): void {
    if (environment.isGone) this.#environments.delete(environment);
    else if (!this.#closed.signal.aborted) this.#idle.push({ environment, sinceMs: this.#clock.nowMs() });
  }

  async #endIdleOnes(): Promise<void> {
    const { idleKeptMs } = this.#limits;
    while (!this.#closed.signal.aborted) {
      await this.#clock.sleep(idleKeptMs / 2, this.#closed.signal);
      const spare = Math.max(0, this.#environments.size - this.#function.provisionedCount);
      const before = this.#clock.nowMs() - idleKeptMs;
      const over = this.#idle.filter(({ sinceMs }) => sinceMs <= before).slice(0, spare);
      this.#idle = this.#idle.filter((idle) => !over.includes(idle));
      for (const { environment } of over) this.#environments.delete(environment);
      await Promise.all(over.map(({ environment }) => environment.close()));
    }
  }
}

/** The line that Lambda logs of a start that failed (Lambda developer guide, "Failures during the Init phase"). */
function initReport({ errorType }: FunctionError, durationMs: number): Buffer {
  const how = errorType === "Sandbox.Timedout" ? "Status: timeout" : `Status: error Error Type: ${errorType}`;
  return Buffer.from(`INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms Phase: init ${how}\n`);
}

export class FunctionNotInitialized extends Error {
  readonly code = "function_not_initialized";
  constructor(functionName: string, { errorType, errorMessage }: FunctionError) {
    super(`${functionName} can't start: ${errorType}: ${errorMessage}`);
    this.name = "FunctionNotInitialized";
  }
}
