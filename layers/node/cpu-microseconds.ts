import process from "node:process";

/** What the process has used of processors since it began. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
