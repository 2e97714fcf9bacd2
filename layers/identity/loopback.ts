/** This machine, as the host of an address is written. */
export const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Over TLS, or from this machine. */
export function isTlsOrLoopback({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean {
  return protocol === "https:" || (protocol === "http:" && LOOPBACK_NAMES.has(hostname));
}

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/** Whether a peer's address is of this machine. What stands before a server there, such as a proxy, is so too. */
export const isLoopbackAddress = (address: string): boolean => LOOPBACK_ADDRESS.test(address);
