/** What one call carries from one run to the next: its name and the answers so far, by key, as the client gave them. */
export interface CallState {
  readonly callId: string;
  readonly answers: Readonly<Record<string, unknown>>;
  /** Rounds of questions asked so far. */
  readonly round: number;
  /** Whether the caller was already let go once, and came back. */
  readonly returned: boolean;
  /** The last that its caller was told: a later run starts over, what it tells must still increase. */
  readonly progress: number | undefined;
  /** Of a tool that runs as a job: the job that this call waits for. */
  readonly jobId?: string;
}

export type MrtrMethod = "tools/call" | "prompts/get" | "resources/read";

/** The only requests that may be answered with questions (MCP 2026-07-28, MRTR, "Supported Requests"). */
export function isMrtrMethod(method: string): method is MrtrMethod {
  return method === "tools/call" || method === "prompts/get" || method === "resources/read";
}
