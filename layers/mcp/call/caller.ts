import type { CallContext } from "../../core/http/http-message.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import type { Question } from "../toolkit/question.ts";
import type { LogLevel } from "../toolkit/tool.ts";

export type Capabilities = Readonly<Record<string, unknown>>;

/** What one call knows of its client, whichever era the client is of. */
export interface Caller {
  readonly context: CallContext;
  readonly capabilities: Capabilities;
  /** Messages below this level are not wanted; undefined wants none. */
  readonly logLevel: LogLevel | undefined;
  readonly progressToken: string | number | undefined;
  /** Whether a client that is gone has cancelled the call by it (2026-07-28) or may come back (before). */
  readonly leavingCancels: boolean;
  /** Whether the client can fetch a reply by coming back for it. */
  readonly canReturn: boolean;
}

const LOG_LEVELS: readonly LogLevel[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

export function isLogLevel(raw: unknown): raw is LogLevel {
  return LOG_LEVELS.some((level) => level === raw);
}

export function isWanted(level: LogLevel, least: LogLevel | undefined): boolean {
  return least !== undefined && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/**
 * The capability that a question needs and the client lacks, in the shape of `requiredCapabilities`.
 * A bare `elicitation: {}` declares the form mode (MCP 2025-11-25, elicitation, "Capabilities").
 */
export function lackingCapability(question: Question<unknown>, capabilities: Capabilities): Capabilities | undefined {
  const { elicitation, sampling, roots } = capabilities;
  switch (question.kind) {
    case "form":
      if (isRecord(elicitation) && (elicitation.form !== undefined || elicitation.url === undefined)) return undefined;
      return { elicitation: { form: {} } };
    case "url":
      return isRecord(elicitation) && elicitation.url !== undefined ? undefined : { elicitation: { url: {} } };
    case "model":
      return isRecord(sampling) ? undefined : { sampling: {} };
    case "roots":
      return isRecord(roots) ? undefined : { roots: {} };
  }
}
