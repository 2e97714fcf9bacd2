import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../../../layers/identity/authorization-server/public-address.ts";

describe("an address is of the open internet", () => {
  test.each(["1.1.1.1", "93.184.215.14", "172.15.255.255", "172.32.0.0", "223.255.255.255", "2606:4700::1111"])(
    "%s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each([
    ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"],
    ...["172.31.255.255", "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "::ffff:10.0.0.1", "::ffff:1.1.1.1", "64:ff9b::a00:1", "fc00::1", "fd00:ec2::254", "fe80::1"],
    ...["ff02::1", "2001::1", "2001:db8::1", "2002:a00:1::", "3fff::1", "no address", ""],
  ])("or not, %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
