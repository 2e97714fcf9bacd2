import { expect, test } from "vitest";
import { functionSettings } from "../../../layers/aws/function-settings.ts";

test("a service is found in the function's own region", () => {
  expect(functionSettings({ AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_S3: "http://s3" }, "DYNAMODB")).toEqual({
    region: "eu-west-1",
  });
});

test("a service is found where its own variable says", () => {
  const environment = { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:4000" };

  expect(functionSettings(environment, "SECRETS_MANAGER")).toEqual({
    region: "eu-west-1",
    endpoint: "http://127.0.0.1:4000",
  });
});

test.each([{}, { AWS_REGION: "" }])("%j names no region, and no other is taken", (environment) => {
  expect(() => functionSettings(environment, "S3")).toThrow(expect.objectContaining({ code: "region_unknown" }));
});
