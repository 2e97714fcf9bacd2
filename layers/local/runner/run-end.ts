import { constants } from "node:os";
import type { RunEndReason } from "../../core/ports/runner.ts";
import type { Ended } from "./run-record.ts";

/** Shells count an end by a signal from here on. */
const SIGNAL_CODE = 128;

export function codeOf(signal: NodeJS.Signals | null): number {
  return SIGNAL_CODE + (signal === null ? 0 : constants.signals[signal]);
}

/** Undefined for the code of a program that ended by itself. */
export function signalOf(exitCode: number | undefined): NodeJS.Signals | undefined {
  const number = (exitCode ?? 0) - SIGNAL_CODE;
  if (number <= 0) return undefined;
  for (const [name, each] of Object.entries(constants.signals)) {
    if (each === number && isSignal(name)) return name;
  }
  return undefined;
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

/** The last line of a run's log. */
export function epilogueOf({ reason, detail, exitCode }: Ended): string {
  const why = detail === undefined ? reason : `${reason}: ${detail}`;
  return exitCode === undefined ? `ended (${why})` : `ended with code ${exitCode} (${why})`;
}

/** The kernel's own bounds end a process by signals of their own. */
export function reasonOf(signal: NodeJS.Signals | undefined): RunEndReason {
  if (signal === "SIGXCPU") return "cpu_exceeded";
  return signal === "SIGXFSZ" ? "disk_exceeded" : "exited";
}
