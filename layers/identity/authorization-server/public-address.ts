import { BlockList, isIPv4 } from "node:net";

/** IANA's registries of special-purpose addresses, IPv4 and IPv6 (read 2026-11-21), and multicast. */
const SPECIAL_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;
/** Within the addresses that are routed at all. */
const ROUTED_IPV6 = ["2000::", 3] as const;
const SPECIAL_IPV6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

/** Whether an address is of the open internet: not of this machine, its network, or a cloud's own services. */
export function isPublicAddress(address: string): boolean {
  const special = new BlockList();
  if (isIPv4(address)) {
    for (const [net, bits] of SPECIAL_IPV4) special.addSubnet(net, bits, "ipv4");
    return !special.check(address, "ipv4");
  }
  const routed = new BlockList();
  routed.addSubnet(...ROUTED_IPV6, "ipv6");
  for (const [net, bits] of SPECIAL_IPV6) special.addSubnet(net, bits, "ipv6");
  return routed.check(address, "ipv6") && !special.check(address, "ipv6");
}
