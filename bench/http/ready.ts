import type { Server } from "node:http";
import process from "node:process";

/** Says, as a cell does, that a server serves and where. */
export function ready(server: Server): void {
  const address = server.address();
  if (address !== null && typeof address !== "string") readyAt(address.port);
}

export function readyAt(port: number): void {
  process.stdout.write(`ready http://127.0.0.1:${port}\n`);
}
