import { createServer } from "node:net";
import { faultCode } from "../../http/fault-reply.ts";
import { RESERVED_PORTS } from "./limits.ts";

/** Where a program could listen, each for itself: one address may be free while another is taken. */
const ADDRESSES = ["127.0.0.1", "0.0.0.0", "::1", "::"];
/** The machine has no such addresses. */
const ABSENT = ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"];

export function isReserved(port: number): boolean {
  return RESERVED_PORTS.some(({ first, last }) => first <= port && port <= last);
}

/**
 * Whether a program could listen on the port, on every address of the machine: tried out by listening there for a moment.
 * A program that listens in the same moment is in the way, or finds this in its way.
 */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of ADDRESSES) if (!(await canListen({ host, port }))) return false;
  return true;
}

function canListen({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      const code = faultCode(error) ?? "";
      if (ABSENT.includes(code)) resolve(true);
      else if (code === "EADDRINUSE" || code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true, ipv6Only: host.includes(":") }, () =>
      server.close(() => resolve(true)),
    );
  });
}
