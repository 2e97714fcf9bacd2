import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../core/ports/clock.ts";
import { RunnerFault } from "../../core/ports/runner.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { REQUEST_TIMEOUT_MS, RUNNER_CONNECT_RETRY_MS, RUNNER_START_TIMEOUT_MS } from "./limits.ts";
import { messageLines } from "./message-lines.ts";
import type { RunnerSettings } from "./run-runner.ts";
import type { RunnerFolder } from "./runner-folder.ts";
import { PROTOCOL_VERSION, parseReply, type RunnerRequest } from "./runner-messages.ts";

/**
 * The runner's entry point: beside this module, as TypeScript in the source tree, and in a bundle as `runner.js` in the
 * folder of the chunk that holds this module.
 */
function runnerUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./runner-main.ts" : "./runner.js", import.meta.url);
}

/** The runner answered that it can't, and why. */
class RunnerRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "RunnerRefusal";
    this.code = code;
  }
}

class LinkLost extends Error {
  readonly code = "runner_link_lost";
  constructor() {
    super("the runner ended, or did not answer in time");
    this.name = "LinkLost";
  }
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** What the runner's process keeps of its starter's environment: nothing that could be a secret. */
const RUNNER_ENVIRONMENT = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/** A cell's way to its data folder's runner, which it starts where there is none. */
export class RunnerLink {
  readonly #folder: RunnerFolder;
  readonly #clock: Clock;
  readonly #settings: Omit<RunnerSettings, "dataDir">;
  readonly #onLost: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #connecting: Promise<Socket> | undefined;
  #connection: Socket | undefined;
  #lastId = 0;
  #isClosed = false;

  /** @param options `onLost` is told when a runner that was spoken to is gone. */
  constructor(options: {
    folder: RunnerFolder;
    clock: Clock;
    settings: Omit<RunnerSettings, "dataDir">;
    onLost: () => void;
  }) {
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#settings = options.settings;
    this.#onLost = options.onLost;
  }

  /** @throws {RunnerFault} where there is no runner and none can be started, or it does not answer. */
  async ask(request: RunnerRequest): Promise<unknown> {
    try {
      return await this.#askOnce(request);
    } catch (fault) {
      if (!(fault instanceof LinkLost)) throw new RunnerFault(request.kind, { cause: fault });
    }
    try {
      // One that was about to end may have been asked last; every request can be made twice.
      return await this.#askOnce(request);
    } catch (cause) {
      throw new RunnerFault(request.kind, { cause });
    }
  }

  /** Resolves when there is a runner. */
  async open(): Promise<void> {
    try {
      await this.#connected();
    } catch (cause) {
      throw new RunnerFault("be reached", { cause });
    }
  }

  /** Lets go of the runner, which goes on. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.destroy();
  }

  async #askOnce(request: RunnerRequest): Promise<unknown> {
    const connection = await this.#connected();
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new LinkLost());
      }, REQUEST_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      connection.ref();
      connection.write(`${JSON.stringify({ id, version: PROTOCOL_VERSION, request })}\n`);
    });
  }

  #connected(): Promise<Socket> {
    if (this.#isClosed) return Promise.reject(new LinkLost());
    this.#connecting ??= this.#connect().catch((fault: unknown) => {
      this.#connecting = undefined;
      throw fault;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Socket> {
    const giveUpAtMs = this.#clock.nowMs() + RUNNER_START_TIMEOUT_MS;
    let started: ChildProcess | undefined;
    do {
      const connection = await openedSocket(this.#folder.socket);
      if (connection !== undefined) return this.#use(connection);
      if (started === undefined || started.exitCode !== null || started.signalCode !== null)
        started = this.#startRunner();
      await this.#clock.sleep(RUNNER_CONNECT_RETRY_MS);
    } while (this.#clock.nowMs() < giveUpAtMs);
    throw new LinkLost();
  }

  /** In a session of its own, and with nothing of this process's that it could hold open. */
  #startRunner(): ChildProcess {
    const { means, idleEndMs } = this.#settings;
    const idle = idleEndMs === undefined ? [] : [String(idleEndMs)];
    const environment = RUNNER_ENVIRONMENT.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const runner = spawn(process.execPath, [fileURLToPath(runnerUrl()), this.#folder.dataDir, means, ...idle], {
      cwd: this.#folder.path,
      detached: true,
      env: Object.fromEntries(environment),
      stdio: "ignore",
    });
    // It is tried anew until the time is over, which then says it.
    runner.on("error", () => {});
    runner.unref();
    return runner;
  }

  #use(connection: Socket): Socket {
    this.#connection = connection;
    messageLines(connection, (line) => this.#hear(line));
    connection.on("error", () => {});
    connection.once("close", () => this.#lose());
    this.#letProcessEnd();
    return connection;
  }

  #hear(line: string): void {
    const reply = parseReply(JSON.parse(line));
    if (!reply.ok) {
      this.#connection?.destroy();
      return;
    }
    const waiting = this.#waiting.get(reply.value.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.value.id);
    clearTimeout(waiting.timer);
    this.#letProcessEnd();
    if (reply.value.kind === "answer") waiting.resolve(reply.value.answer);
    else waiting.reject(new RunnerRefusal(reply.value.code, reply.value.message));
  }

  #lose(): void {
    this.#connection = undefined;
    this.#connecting = undefined;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new LinkLost());
    }
    this.#waiting.clear();
    if (!this.#isClosed) this.#onLost();
  }

  /** An idle connection is no reason to go on. */
  #letProcessEnd(): void {
    if (this.#waiting.size === 0) this.#connection?.unref();
  }
}

/** Undefined where nobody listens. */
function openedSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const connection = connect(path);
    connection.once("connect", () => {
      connection.removeAllListeners("error");
      resolve(connection);
    });
    connection.once("error", (error) => {
      if (["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(faultCode(error) ?? "")) resolve(undefined);
      else reject(error);
    });
  });
}
