import { expect, test } from "vitest";
import { gatewayEndpoint, gatewayName, parseGatewayName } from "../../../../layers/aws/connections/socket-gateway.ts";

test("a gateway is found again by its name, in its own region and partition", () => {
  const gateway = { region: "eu-west-1", apiId: "abc123def4" };

  expect(gatewayName(gateway)).toBe("eu-west-1:abc123def4");
  expect(parseGatewayName("eu-west-1:abc123def4")).toEqual(gateway);
  expect(gatewayEndpoint(gateway).href).toBe("https://abc123def4.execute-api.eu-west-1.amazonaws.com/");
  expect(gatewayEndpoint({ region: "cn-north-1", apiId: "a1b2" }).host).toBe(
    "a1b2.execute-api.cn-north-1.amazonaws.com.cn",
  );
});

test.each([
  "",
  "eu-west-1",
  "eu-west-1:",
  "eu-west-1:evil.example.com/",
  "EU-WEST-1:abc123",
  "x:abc123",
  "eu-west-1:a b",
])("what names no gateway leads nowhere: %j", (name) => {
  expect(parseGatewayName(name)).toBeUndefined();
});
