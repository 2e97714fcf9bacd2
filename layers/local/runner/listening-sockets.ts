import { readFileSync } from "node:fs";

/** A TCP socket of this machine that takes connections. */
export interface ListeningSocket {
  readonly inode: string;
  readonly port: number;
  /** Whether nobody but this machine reaches it. */
  readonly isLoopback: boolean;
}

/** Undefined where nobody lists them: off Linux. */
export function listeningSockets(): readonly ListeningSocket[] | undefined {
  const lists = ["/proc/net/tcp", "/proc/net/tcp6"].map(listIn).filter((list) => list !== undefined);
  return lists.length === 0 ? undefined : lists.flat();
}

function listIn(file: string): readonly ListeningSocket[] | undefined {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map(listening)
      .filter((socket) => socket !== undefined);
  } catch {
    // No Linux, or no IPv6.
    return undefined;
  }
}

/** `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …`. Source: Linux, proc_net_tcp.txt. */
function listening(line: string): ListeningSocket | undefined {
  const fields = line.trim().split(/\s+/);
  const [, local = "", , state, , , , , , inode = ""] = fields;
  if (state !== TCP_LISTEN) return undefined;
  const [address = "", port = ""] = local.split(":");
  return { inode, port: Number.parseInt(port, 16), isLoopback: isLoopback(address) };
}

const TCP_LISTEN = "0A";
/** Each four bytes as one number of the machine, which is little-endian wherever Node runs but on s390x. */
const LOOPBACK_V6 = "00000000000000000000000001000000";
const MAPPED_V4 = "0000000000000000FFFF0000";
const LOOPBACK_V4_END = "7F";

function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith(LOOPBACK_V4_END);
  if (address === LOOPBACK_V6) return true;
  return address.startsWith(MAPPED_V4) && address.endsWith(LOOPBACK_V4_END);
}
