import { expect, test } from "vitest";
import { serviceEndpoint } from "../../../layers/aws/endpoint.ts";

test.each([
  ["dynamodb", { region: "eu-west-1" }, "https://dynamodb.eu-west-1.amazonaws.com/"],
  ["sqs", { region: "cn-north-1" }, "https://sqs.cn-north-1.amazonaws.com.cn/"],
  ["sqs", { region: "eu-west-1", endpoint: "http://127.0.0.1:4000" }, "http://127.0.0.1:4000/"],
])("%s of %j answers at %s", (service, settings, href) => {
  expect(serviceEndpoint(service, settings).href).toBe(href);
});
