/** What the process that makes the load is told, and what it tells. */
export interface LoadWindow {
  readonly port: number;
  readonly connectionCount: number;
  readonly durationMs: number;
}

export interface WindowResult {
  readonly callCount: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
