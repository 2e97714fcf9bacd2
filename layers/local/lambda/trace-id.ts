/** Source: AWS X-Ray developer guide, "Tracing header" (read 2026-11-20): a version, seconds, and 24 digits. */
export function traceId(requestId: string, atEpochMs: number): string {
  const digits = requestId.replaceAll("-", "").padEnd(24, "0").slice(0, 24);
  return `1-${Math.floor(atEpochMs / 1000).toString(16)}-${digits}`;
}
