import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sqsClient } from "../../layers/aws/client.ts";
import { sqsQueue } from "../../layers/aws/sqs-queue.ts";
import type { Queue } from "../../layers/core/ports/queue.ts";
import { openConnectionsEndpoint } from "../../layers/local/lambda/sockets/connections-endpoint.ts";
import { HeldConnections } from "../../layers/local/lambda/sockets/held-connections.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { conditionalS3 } from "../../test/fixtures/conditional-s3.ts";
import { localAws } from "../../test/fixtures/local-aws.ts";
import { localDynamo } from "../../test/fixtures/local-dynamo.ts";
import { sendClientOf } from "../../test/fixtures/sqs-send-client.ts";
import { startSecretsServer } from "./secrets-server.ts";

/** The services of a region that a cell's functions use, on loopback and in one folder. */
export interface RegionServices {
  /** The variables by which the AWS SDK finds them. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** By their names, as who works them off sees them. */
  readonly queues: Readonly<Record<string, Queue>>;
  /** Of the WebSocket API; none before somebody lets clients in. */
  readonly connections: HeldConnections;
  close(): Promise<void>;
}

export interface RegionContents {
  readonly region: string;
  readonly tables: readonly [string, ...string[]];
  readonly bucket: string;
  readonly queues: readonly { readonly name: string; readonly receivesMax: number }[];
  readonly secrets: readonly string[];
}

export async function startServices(folder: string, contents: RegionContents): Promise<RegionServices> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const dynamo = await localDynamo({ folder: join(folder, "dynamodb"), tableNames: contents.tables });
  const aws = await localAws({ folder: join(folder, "s3"), region: contents.region });
  aws.createBucket(contents.bucket);
  const sqs = sqsClient(aws.settings);
  const sendClient = sendClientOf(aws.settings);
  const queues = contents.queues.map(({ name, receivesMax }): [string, Queue] => {
    return [name, sqsQueue({ client: sqs, sendClient, ...aws.createQueue(name, receivesMax) })];
  });
  const s3 = await conditionalS3(aws.port);
  const secrets = await startSecretsServer(join(folder, "secrets.json"), contents.secrets);
  const connections = new HeldConnections({ clock: systemClock() });
  const connectionsEndpoint = await openConnectionsEndpoint(connections);
  return {
    connections,
    endpoints: {
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: connectionsEndpoint.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.settings.endpoint ?? "",
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.port}`,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${aws.port}`,
    },
    secrets: secrets.secrets,
    queues: Object.fromEntries(queues),
    async close() {
      await Promise.all([s3.close(), secrets.close(), sqs.close(), connectionsEndpoint.close(), connections.close(0)]);
      sendClient.close();
      await Promise.all([dynamo.close(), aws.close()]);
    },
  };
}
