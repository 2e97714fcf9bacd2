import { expect, test } from "vitest";
import {
  functionQueues,
  functionSecrets,
  functionSettings,
  functionTables,
} from "../../../layers/aws/function-settings.ts";

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
  expect(() => functionSettings(environment, "S3")).toThrow(expect.objectContaining({ code: "lambda_variable_unset" }));
});

const lambda = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

test("secrets are read with the rights of the function's role", () => {
  expect(functionSecrets({ ...lambda, AWS_SESSION_TOKEN: "token" }).credentials).toEqual({
    accessKeyId: "id",
    secretAccessKey: "secret",
    sessionToken: "token",
  });
});

test.each(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])("without %s there are no rights", (name) => {
  expect(() => functionSecrets({ ...lambda, [name]: undefined })).toThrow(`${name} is not set`);
});

test.each([
  ["tables", functionTables, "AWS_ENDPOINT_URL_DYNAMODB"],
  ["queues", functionQueues, "AWS_ENDPOINT_URL_SQS"],
  ["secrets", functionSecrets, "AWS_ENDPOINT_URL_SECRETS_MANAGER"],
])("%s are found and signed for by the function's own role", (_, settingsOf, variable) => {
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };

  expect(settingsOf({ ...lambda, AWS_ENDPOINT_URL_S3: "http://s3" })).toEqual({ region: "eu-west-1", credentials });
  expect(settingsOf({ ...lambda, [variable]: "http://127.0.0.1:4000" })).toMatchObject({
    endpoint: "http://127.0.0.1:4000",
  });
});
