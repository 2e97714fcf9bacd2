import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { programExitCode, type SupervisorExit, type TaskOrder } from "../../core/deployment/project-task.ts";
import { settledWithin } from "../../core/deployment/settled-within.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { LOOK_INTERVAL_MS, PARTIAL_LINE_MS, PIPES_END_MS } from "./limits.ts";
import type { LogLines } from "./log-lines.ts";
import { OutputLines } from "./output-lines.ts";
import { CpuCount, type RunMembers, runProcesses, signalProcesses } from "./run-processes.ts";
import type { RunUser } from "./unpack-workspace.ts";
import { untilRead } from "./until-read.ts";

export interface ProgramParts {
  readonly order: TaskOrder;
  /** Where it begins. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: RunUser | undefined;
  readonly log: LogLines;
  readonly clock: Clock;
  /** What the files of the task have grown by since the run began. */
  readonly diskBytes: () => number;
  /** How often the kernel has ended a process of the task for want of memory. */
  readonly outOfMemoryCount: () => number;
  /** Aborted when the run is to end. */
  readonly stop: AbortSignal;
}

/** How it ended: with a code as shells count, or because it was ended. */
export type ProgramEnd = { readonly exitCode: number } | { readonly ended: SupervisorExit };

/** Runs the program to its end, or until it is over one of its limits, or nobody wants it any more. */
export async function runProgram(parts: ProgramParts): Promise<ProgramEnd> {
  const { order, stop, clock } = parts;
  const before = parts.outOfMemoryCount();
  const program = launch(parts);
  const pid = program.pid;
  if (pid === undefined) return { ended: "command_unstartable" };
  const members: RunMembers = parts.user === undefined ? { groupId: pid } : { uid: parts.user.uid };
  const over = new AbortController();
  const printed = { bytes: 0 };
  const reading = [
    forward(program.stdout, { ...parts, stream: "stdout", printed }),
    forward(program.stderr, { ...parts, stream: "stderr", printed }),
  ];
  const stopping = stopped(members, { graceMs: order.graceMs, stop, over: over.signal, clock });
  const watching = watched(members, { ...parts, printed, over: over.signal });
  const [code, signal]: readonly unknown[] = await once(program, "exit");
  over.abort();
  const exceeded = await watching;
  await stopping;
  await settledWithin(clock, { work: reading, waitMsMax: PIPES_END_MS });
  signalProcesses(members, "SIGKILL");
  await untilRead([program.stdout, program.stderr], { clock, bytes: async () => printed.bytes });
  if (exceeded !== undefined) return { ended: exceeded };
  const isOutOfMemory = signal === "SIGKILL" && parts.outOfMemoryCount() > before;
  return isOutOfMemory ? { ended: "memory_exceeded" } : { exitCode: shellCode(code, signal) };
}

function launch({ order, folder, environment, user }: ProgramParts) {
  const [program, ...args] = order.argv;
  const child = spawn(program, args, {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  // Without a pid it never began; of what began, only its end is told.
  child.on("error", () => undefined);
  return child;
}

interface Forwarding extends Pick<ProgramParts, "log" | "clock"> {
  readonly stream: "stdout" | "stderr";
  readonly printed: { bytes: number };
}

async function forward(pipe: Readable, { log, stream, printed }: Forwarding): Promise<void> {
  const lines = new OutputLines();
  const give = (some: readonly string[]): void => {
    for (const line of some) log.add(stream, line);
  };
  let silence: NodeJS.Timeout | undefined;
  pipe.on("data", (chunk: Buffer) => {
    printed.bytes += chunk.length;
    give(lines.push(chunk));
    clearTimeout(silence);
    if (lines.isPartial) silence = setTimeout(() => give(lines.end()), PARTIAL_LINE_MS);
  });
  await once(pipe, "close");
  clearTimeout(silence);
  give(lines.end());
}

interface Stopping extends Pick<ProgramParts, "stop" | "clock"> {
  readonly graceMs: number;
  /** Aborted when the program has ended. */
  readonly over: AbortSignal;
}

/** First what a process may catch, then what it may not. */
async function stopped(members: RunMembers, { graceMs, stop, over, clock }: Stopping): Promise<void> {
  if (!stop.aborted) await once(stop, "abort", { signal: over }).catch(() => undefined);
  if (over.aborted) return;
  signalProcesses(members, "SIGTERM");
  await clock.sleep(graceMs, over);
  if (!over.aborted) signalProcesses(members, "SIGKILL");
}

interface Watching extends Pick<ProgramParts, "order" | "clock" | "diskBytes"> {
  readonly printed: { readonly bytes: number };
  readonly over: AbortSignal;
}

/** Looks at it until it has ended. @returns the limit for which it was. */
async function watched(members: RunMembers, watching: Watching): Promise<SupervisorExit | undefined> {
  const { clock, over } = watching;
  const beganAtMs = clock.nowMs();
  const cpu = new CpuCount();
  while (!over.aborted) {
    const exceeded = exceededBy({ members, cpu, beganAtMs }, watching);
    if (exceeded !== undefined) {
      signalProcesses(members, "SIGKILL");
      return exceeded;
    }
    await clock.sleep(LOOK_INTERVAL_MS, over);
  }
  return undefined;
}

interface Watched {
  readonly members: RunMembers;
  readonly cpu: CpuCount;
  readonly beganAtMs: number;
}

function exceededBy(
  { members, cpu, beganAtMs }: Watched,
  { order, clock, diskBytes, printed }: Watching,
): SupervisorExit | undefined {
  const { limits } = order;
  const processes = runProcesses(members);
  if (clock.nowMs() - beganAtMs >= limits.lifetimeMs) return "lifetime_exceeded";
  if (processes.length > limits.processCount) return "processes_exceeded";
  if (cpu.upTo(processes) > (limits.cpuSeconds ?? Number.POSITIVE_INFINITY) * 1_000) return "cpu_exceeded";
  if (printed.bytes > (limits.outputBytes ?? Number.POSITIVE_INFINITY)) return "output_exceeded";
  return diskBytes() > limits.diskBytes ? "disk_exceeded" : undefined;
}

function shellCode(code: unknown, signal: unknown): number {
  if (typeof code === "number") return programExitCode(code);
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[String(signal)] ?? 0);
}
