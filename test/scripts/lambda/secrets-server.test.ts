import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type SecretsServer, startSecretsServer } from "../../../scripts/lambda/secrets-server.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

async function asked(server: SecretsServer, question: object, target = "secretsmanager.GetSecretValue") {
  const body = JSON.stringify(question);
  const answer = await fetch(server.endpoint, { method: "POST", headers: { "x-amz-target": target }, body });
  return { status: answer.status, body: await answer.json() };
}

async function started(file: string): Promise<SecretsServer> {
  const server = await startSecretsServer(file, ["a/access", "a/seal"]);
  onTestFinished(server.close);
  return server;
}

test("each secret is generated once and kept", async () => {
  const file = join(await testFolder(), "secrets.json");

  const first = await asked(await started(file), { SecretId: "a/access" });
  const second = await asked(await started(file), { SecretId: "a/access", VersionStage: "AWSCURRENT" });

  expect(first).toEqual({
    status: 200,
    body: { Name: "a/access", SecretString: expect.stringMatching(/^[\w-]{64}$/), VersionStages: ["AWSCURRENT"] },
  });
  expect(second).toEqual(first);
});

test("there is no earlier version, no other secret and no other operation", async () => {
  const server = await started(join(await testFolder(), "secrets.json"));

  const types = [
    await asked(server, { SecretId: "a/seal", VersionStage: "AWSPREVIOUS" }),
    await asked(server, { SecretId: "a/other" }),
    await asked(server, { SecretId: "a/seal" }, "secretsmanager.PutSecretValue"),
    await asked(server, {}),
  ];

  expect(types).toMatchObject([
    { status: 400, body: { __type: "ResourceNotFoundException" } },
    { status: 400, body: { __type: "ResourceNotFoundException" } },
    { status: 400, body: { __type: "InvalidRequestException" } },
    { status: 400, body: { __type: "InvalidRequestException" } },
  ]);
});
