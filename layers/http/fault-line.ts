import { faultCode } from "./fault-reply.ts";

/** What is written down of a fault, under the id that the caller was told. */
export interface FaultLine {
  readonly atEpochMs: number;
  readonly requestId: string;
  readonly code: string | undefined;
  /** The stack of the fault, then those of what caused it. */
  readonly trace: readonly string[];
}

const CAUSES_MAX = 5;

export function faultLine(
  fault: unknown,
  { atEpochMs, requestId }: Pick<FaultLine, "atEpochMs" | "requestId">,
): FaultLine {
  return { atEpochMs, requestId, code: faultCode(fault), trace: traces(fault) };
}

function traces(fault: unknown): readonly string[] {
  const found: string[] = [];
  for (let cause = fault; cause !== undefined && found.length < CAUSES_MAX; ) {
    found.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}
