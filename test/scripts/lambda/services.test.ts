import { expect, onTestFinished, test } from "vitest";
import { sqsSender } from "../../../layers/aws/sqs-sender.ts";
import { startServices } from "../../../scripts/lambda/services.ts";
import { sendClientOf } from "../../fixtures/sqs-send-client.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";
import { tenant } from "../../fixtures/tenants.ts";

test("a queue of the region is found under the address that the deployment tells functions", async () => {
  const region = "eu-west-1";
  const queues = [{ name: "usage", receivesMax: 5 }];
  const contents = { region, tables: ["state"], bucket: "blobs", queues, secrets: [] } as const;
  const services = await startServices(await testFolder(), contents);
  const client = sendClientOf({ region, endpoint: services.endpoints.AWS_ENDPOINT_URL_SQS ?? "" });
  onTestFinished(async () => {
    client.close();
    await services.close();
  });
  const queueUrl = `https://sqs.${region}.amazonaws.com/000000000000/usage`;

  const sent = await sqsSender({ client, queueUrl }).send(tenant("acme"), { body: "m" });

  expect(sent).toMatchObject({ ok: true });
});
