import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import type { Clock } from "../../core/ports/clock.ts";
import type { RunStatus, RunUsage } from "../../core/ports/runner.ts";
import { type DiskWatch, diskWatch } from "./disk-watch.ts";
import { type Isolation, launchLine } from "./isolation.ts";
import { KEEP_ATTEMPTS_MAX, KEEP_RETRY_MS } from "./limits.ts";
import type { ListeningSocket } from "./listening-sockets.ts";
import { type NamedPipe, openNamedPipes } from "./named-pipes.ts";
import type { OutputSink } from "./output-log.ts";
import type { ProcessRow } from "./process-table.ts";
import { codeOf, epilogueOf, reasonOf, signalOf } from "./run-end.ts";
import { type Excess, excessOf, isNearLimit, listeningExcess } from "./run-excess.ts";
import { RunPipes } from "./run-pipes.ts";
import { type Ended, type RunLife, type RunRecord, statusOf } from "./run-record.ts";
import { killAll, preferFirstToRunOut, terminate } from "./run-signals.ts";

export interface RunParts {
  readonly marker: string;
  readonly clock: Clock;
  readonly isolation: Isolation;
  readonly environment: Readonly<Record<string, string>>;
  readonly sink: OutputSink;
  /** For what it needs while it is launched. */
  readonly scratch: string;
  /** Whose bytes are its share of the disk. */
  readonly folders: readonly string[];
  /** Resolves when it is on the disk. */
  keep(record: RunRecord): Promise<void>;
  /** Asks for the next look at its processes to be soon. */
  hurry(): void;
  report(fault: unknown): void;
}

/** What one look has found of a run. */
export interface RunLook {
  readonly members: readonly ProcessRow[];
  /** Undefined where this look was not for sockets. */
  readonly listening: readonly ListeningSocket[] | undefined;
  proportionalBytes(pid: number): number | undefined;
  isOthers(port: number): boolean;
}

/**
 * One run, from its launch to its end. Whoever watches brings it each look at the machine's processes; it says by itself
 * when it is to end, and has ended when its first process has and a look finds no other.
 */
export class HostedRun {
  readonly marker: string;
  readonly ended: Promise<void>;
  readonly #parts: RunParts;
  readonly #pipes: RunPipes;
  readonly #disk: DiskWatch;
  #record: RunRecord;
  #child: ChildProcess | undefined;
  #usage: RunUsage | undefined;
  #isListening: boolean | undefined;
  #ending: (Excess & { isTold: boolean; isKill: boolean }) | undefined;
  #exitCode: number | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #tellEnd: () => void = () => {};
  #isFinishing = false;

  constructor(record: RunRecord, parts: RunParts) {
    const { order } = record;
    const { sink, clock } = parts;
    this.marker = parts.marker;
    this.#record = record;
    this.#parts = parts;
    this.#pipes = new RunPipes({ runId: order.runId, bytesMax: order.limits.outputBytes, sink, clock });
    this.#disk = diskWatch(parts.folders, order.limits.diskBytes);
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  get status(): RunStatus {
    const isListening = this.#isListening;
    const usage = this.#usage;
    return statusOf(this.#record, { ...(usage && { usage }), ...(isListening !== undefined && { isListening }) });
  }

  get port(): number | undefined {
    return this.#record.order.port;
  }

  get leaderPid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it pays to look again soon. */
  get isUrgent(): boolean {
    const isOver = this.#ending?.isKill === true || this.#exitCode !== undefined;
    return isOver || isNearLimit(this.#record.order.limits, this.#usage ?? {});
  }

  /** Resolves when the program runs, or is known not to. */
  async launch(): Promise<void> {
    const { order, folder } = this.#record;
    const { isolation, environment, scratch } = this.#parts;
    const [program, ...args] = launchLine(isolation, order);
    const isApart = isolation.unshare !== undefined;
    const opened = await openNamedPipes(scratch, 2).catch((fault: unknown) => [fault] as const);
    const [out, err] = opened;
    if (!isPipe(out) || !isPipe(err)) return this.#failed(out);
    const [stdout, stderr] = [out.writeDescriptor, err.writeDescriptor];
    // Asked to end meanwhile, it need not begin.
    const child =
      this.#ending !== undefined
        ? undefined
        : spawn(program, args, {
            cwd: folder,
            env: environment,
            detached: true,
            // What stands before the program keeps quiet: its standard error is the fourth descriptor then.
            stdio: isApart ? ["ignore", stdout, "ignore", stderr] : ["ignore", stdout, stderr],
          });
    for (const descriptor of [stdout, stderr]) closeSync(descriptor);
    this.#pipes.read(out.readable, "stdout", () => this.#endByOutput());
    this.#pipes.read(err.readable, "stderr", () => this.#endByOutput());
    if (child === undefined) return this.#finish();
    if (child.pid === undefined) return this.#failed(await faultOf(child));
    await this.#launched(child, child.pid);
  }

  /** Asks it to end; a second time, and with `force`, it is not asked. */
  stop({ force }: { readonly force: boolean }): void {
    if (force) this.#end({ reason: "stopped", detail: "" }, 0);
    else this.#end({ reason: "stopped", detail: "" }, this.#record.order.graceMs);
  }

  /** Judges what a look has found, and goes on with what has begun. */
  look(look: RunLook): void {
    if (this.#child === undefined || this.#isFinishing) return;
    this.#measure(look);
    this.#judge(look);
    if (this.#ending?.isKill === true || this.#exitCode !== undefined) this.#clear(look.members);
    else if (this.#ending !== undefined && !this.#ending.isTold) {
      this.#ending.isTold = true;
      terminate(this.#programs(look.members));
    }
  }

  async #launched(child: ChildProcess, pid: number): Promise<void> {
    const { isolation, hurry, report, clock } = this.#parts;
    this.#child = child;
    child.on("error", report);
    child.once("exit", (code, signal) => {
      const isCertain = isolation.unshare !== undefined && signal === null;
      this.#exitCode = code ?? codeOf(signal);
      // Where the kernel has ended all of them before it told of the first, no look is needed.
      if (isCertain) void this.#finish();
      else hurry();
    });
    preferFirstToRunOut(pid);
    await this.#become({ state: "running", startedAtEpochMs: clock.nowMs(), leader: { pid } });
  }

  async #failed(fault: unknown): Promise<void> {
    const detail = fault instanceof Error ? fault.message : "";
    this.#ending ??= { reason: "start_failed", detail, isTold: true, isKill: false };
    await this.#finish();
  }

  #endByOutput(): void {
    this.#usage = { ...this.#usage, outputBytes: this.#pipes.bytes };
    const { outputBytes } = this.#record.order.limits;
    this.#end({ reason: "output_exceeded", detail: `more than ${outputBytes} bytes` }, 0);
  }

  #measure({ members, proportionalBytes }: RunLook): void {
    const { limits } = this.#record.order;
    const now = this.#parts.clock.nowMs();
    this.#disk.look(now);
    this.#pipes.look();
    const sum = (of: (row: ProcessRow) => number): number => members.reduce((total, row) => total + of(row), 0);
    const residentBytes = sum((row) => row.residentBytes);
    // What is shared counts more than once in it, so that it is looked at closely only where it matters.
    const isNear = residentBytes > limits.memoryBytes;
    const diskBytes = this.#disk.bytes;
    // Of what is being killed there is less and less.
    if (this.#ending?.isKill === true || this.#exitCode !== undefined) return;
    this.#usage = {
      memoryBytes: isNear ? sum((row) => proportionalBytes(row.pid) ?? row.residentBytes) : residentBytes,
      processCount: this.#programs(members).length,
      cpuMs: Math.max(
        this.#usage?.cpuMs ?? 0,
        sum((row) => row.cpuMs),
      ),
      outputBytes: this.#pipes.bytes,
      ...(diskBytes !== undefined && { diskBytes }),
    };
    this.#knowLeader(members);
  }

  #judge({ listening, isOthers }: RunLook): void {
    const { order, life } = this.#record;
    if (life.state !== "running" || this.#ending?.isKill === true) return;
    const lifetimeMs = this.#parts.clock.nowMs() - life.startedAtEpochMs;
    const excess = excessOf(order.limits, { ...this.#usage, lifetimeMs });
    if (excess !== undefined) this.#end(excess, excess.reason === "lifetime_exceeded" ? order.graceMs : 0);
    if (listening === undefined) return;
    this.#isListening = listening.some(({ port }) => port === order.port);
    const wrong = listeningExcess(listening, { own: order.port, isOthers });
    if (wrong !== undefined) this.#end(wrong, 0);
  }

  /** The first reason counts. */
  #end({ reason, detail }: Excess, graceMs: number): void {
    if (this.#isFinishing) return;
    const isNew = this.#ending === undefined;
    this.#ending ??= { reason, detail, isTold: false, isKill: false };
    if (graceMs <= 0) this.#ending.isKill = true;
    else if (isNew) {
      this.#graceTimer = setTimeout(() => this.#end({ reason, detail }, 0), graceMs);
    }
    this.#parts.hurry();
  }

  /** Kills what is left, and is at its end when nothing is. */
  #clear(members: readonly ProcessRow[]): void {
    if (members.length === 0 && this.#exitCode !== undefined) {
      void this.#finish();
      return;
    }
    killAll(members);
  }

  async #finish(): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    clearTimeout(this.#graceTimer);
    await this.#pipes.drain();
    const ended = this.#endNow();
    await this.#pipes.close(epilogueOf(ended));
    for (let attempt = 1; !(await this.#become(ended)) && attempt < KEEP_ATTEMPTS_MAX; attempt++) {
      await this.#parts.clock.sleep(KEEP_RETRY_MS);
    }
    this.#tellEnd();
  }

  #endNow(): Ended {
    const { life } = this.#record;
    // What stood before the one that was killed ends in its own way.
    const isKilled = this.#exitCode !== undefined && this.#ending?.isKill === true;
    const exitCode = isKilled ? codeOf("SIGKILL") : this.#exitCode;
    const signal = signalOf(exitCode);
    const detail = this.#ending?.detail ?? "";
    return {
      state: "exited",
      reason: this.#ending?.reason ?? reasonOf(signal),
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...(detail !== "" && { detail }),
      ...(life.state === "running" && { startedAtEpochMs: life.startedAtEpochMs }),
      endedAtEpochMs: this.#parts.clock.nowMs(),
      usage: { ...this.#usage, outputBytes: this.#pipes.bytes },
    };
  }

  #knowLeader(members: readonly ProcessRow[]): void {
    const { life } = this.#record;
    if (life.state !== "running" || life.leader.startedAt !== undefined) return;
    const startedAt = members.find(({ pid }) => pid === life.leader.pid)?.startedAt;
    if (startedAt === undefined) return;
    void this.#become({ ...life, leader: { ...life.leader, startedAt } });
  }

  /** Those that are not ours. */
  #programs(members: readonly ProcessRow[]): readonly ProcessRow[] {
    if (this.#parts.isolation.unshare === undefined) return members;
    const leaderPid = this.#child?.pid;
    return members.filter(({ pid, parentPid }) => pid !== leaderPid && parentPid !== leaderPid);
  }

  /** False where the disk does not take it. */
  async #become(life: RunLife): Promise<boolean> {
    this.#record = { ...this.#record, life };
    try {
      await this.#parts.keep(this.#record);
      return true;
    } catch (fault) {
      this.#parts.report(fault);
      return false;
    }
  }
}

function isPipe(opened: unknown): opened is NamedPipe {
  return typeof opened === "object" && opened !== null && "writeDescriptor" in opened;
}

/** Why a program could not be launched: Node tells it by an event. */
async function faultOf(child: ChildProcess): Promise<unknown> {
  const [fault]: unknown[] = await once(child, "error").catch((error: unknown) => [error]);
  return fault;
}
