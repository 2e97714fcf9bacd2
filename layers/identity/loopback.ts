/** This machine, as the host of an address is written. */
export const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Over TLS, or from this machine. */
export function isTlsOrLoopback({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean {
  return protocol === "https:" || (protocol === "http:" && LOOPBACK_NAMES.has(hostname));
}
