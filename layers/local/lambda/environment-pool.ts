import { Environment } from "./environment.ts";
import type { HostedFunction } from "./hosted-function.ts";
import { failed, type Invocation, type InvocationOutcome } from "./invocation.ts";
import { ENVIRONMENTS_MAX, EVENT_BYTES_MAX, IDLE_ENVIRONMENT_KEPT_MS } from "./limits.ts";

interface IdleEnvironment {
  readonly environment: Environment;
  readonly sinceMs: number;
}

/**
 * The environments of one function. A call gets an idle one, or a new one where all are busy. Of several idle ones it is
 * the one that waited longest, so that calls of one client come to different processes wherever they can.
 */
export class EnvironmentPool {
  readonly #function: HostedFunction;
  readonly #environments = new Set<Environment>();
  /** Longest idle first. */
  #idle: IdleEnvironment[] = [];
  #startedCount = 0;
  #startingCount = 0;
  #isClosed = false;
  readonly #ending: NodeJS.Timeout;

  private constructor(of: HostedFunction) {
    this.#function = of;
    this.#ending = setInterval(() => void this.#endIdle(), IDLE_ENVIRONMENT_KEPT_MS / 2).unref();
  }

  /**
   * Starts the provisioned environments.
   *
   * @throws {FunctionNotInitialized} when one of them can't start.
   */
  static async open(of: HostedFunction): Promise<EnvironmentPool> {
    const pool = new EnvironmentPool(of);
    const starting = Array.from({ length: of.provisionedCount }, () => pool.#start(true));
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
    if (Buffer.byteLength(invocation.event) > EVENT_BYTES_MAX) {
      return failed("RequestEntityTooLarge", `an event may have ${EVENT_BYTES_MAX} bytes`);
    }
    const found = this.#idle.shift()?.environment ?? (await this.#start(false));
    if (!(found instanceof Environment)) return found;
    return found.invoke(invocation, () => this.#put(found));
  }

  /** Ends all environments, whatever they do. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ending);
    this.#idle = [];
    await Promise.all([...this.#environments].map((environment) => environment.close()));
  }

  async #start(provisioned: boolean): Promise<Environment | InvocationOutcome> {
    if (this.#isClosed || this.#environments.size + this.#startingCount >= ENVIRONMENTS_MAX) {
      return failed("TooManyRequestsException", "Rate Exceeded.");
    }
    const id = `${this.#function.shape.name}-${++this.#startedCount}`;
    this.#startingCount++;
    const environment = await Environment.start(this.#function, { id, provisioned });
    this.#startingCount--;
    this.#environments.add(environment);
    const error = await environment.init();
    if (error === undefined) return environment;
    this.#environments.delete(environment);
    return { kind: "error", error };
  }

  #put(environment: Environment): void {
    if (environment.isGone) this.#environments.delete(environment);
    else if (!this.#isClosed) this.#idle.push({ environment, sinceMs: performance.now() });
  }

  async #endIdle(): Promise<void> {
    const before = performance.now() - IDLE_ENVIRONMENT_KEPT_MS;
    const spare = Math.max(0, this.#environments.size - this.#function.provisionedCount);
    const over = this.#idle.filter(({ sinceMs }) => sinceMs < before).slice(0, spare);
    this.#idle = this.#idle.filter((idle) => !over.includes(idle));
    for (const { environment } of over) {
      this.#environments.delete(environment);
      await environment.close();
    }
  }
}

export class FunctionNotInitialized extends Error {
  readonly code = "function_not_initialized";
  constructor(functionName: string, outcome: InvocationOutcome) {
    const { errorType, errorMessage } = outcome.kind === "error" ? outcome.error : { errorType: "", errorMessage: "" };
    super(`${functionName} can't start: ${errorType}: ${errorMessage}`);
    this.name = "FunctionNotInitialized";
  }
}
