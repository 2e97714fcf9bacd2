import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Credentials } from "./signature.ts";

/**
 * The only place where AWS clients are made: one of each kind for a process, with its region, attempts and timeouts
 * written out. A client and its SDK are loaded at the first call, so wiring one costs a cold start nothing.
 */

export interface AwsSettings {
  readonly region: string;
  /** Where another than AWS's own endpoint answers, as an emulator or a VPC endpoint. */
  readonly endpoint?: string;
  /** Left out, the SDK finds those of the function's role. */
  readonly credentials?: Credentials;
}

/** A client made at the first `open`, and the commands it is sent. */
export interface AwsClient<Client, Sdk> {
  open(): Promise<{ readonly client: Client; readonly sdk: Sdk }>;
  /** Closes the connections, if there are any. */
  close(): Promise<void>;
}

export type SqsClient = AwsClient<SQSClient, typeof import("./sdk/sqs.ts")>;
export type BlobClient = AwsClient<S3Client, typeof import("./sdk/s3.ts")>;
export type CachesClient = AwsClient<ElastiCacheClient, typeof import("./sdk/elasticache.ts")>;

/** First try included. The SDK waits between them with full jitter and stops early when its retry budget is spent. */
export const ATTEMPTS_MAX = 3;
export const CONNECT_TIMEOUT_MS = 1000;
/** DynamoDB answers one item in milliseconds; a page of a megabyte is the slowest. */
export const TABLE_TIMEOUT_MS = 3000;
/** A message is taken in some ten milliseconds. */
export const SEND_TIMEOUT_MS = 3000;
/** Longer than the longest wait for a message (20 s). */
const QUEUE_TIMEOUT_MS = 25_000;
/** For the first byte of a read and for the whole of a written part. */
const BLOB_TIMEOUT_MS = 60_000;
/** A silent connection in the middle of a body is given up. */
const BLOB_SILENCE_MAX_MS = 15_000;
/** For a question that only a probe asks. */
const DESCRIBE_TIMEOUT_MS = 2000;

/** How long a client waits in one attempt. */
export interface Patience {
  readonly connectTimeoutMs: number;
  /** From the request to the head of its answer. */
  readonly requestTimeoutMs: number;
  /** For a next byte; left out, as long as the others let it. */
  readonly silenceMsMax?: number;
}

const QUEUE_PATIENCE: Patience = { connectTimeoutMs: CONNECT_TIMEOUT_MS, requestTimeoutMs: QUEUE_TIMEOUT_MS };
const BLOB_PATIENCE: Patience = {
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  requestTimeoutMs: BLOB_TIMEOUT_MS,
  silenceMsMax: BLOB_SILENCE_MAX_MS,
};
const DESCRIBE_PATIENCE: Patience = { connectTimeoutMs: CONNECT_TIMEOUT_MS, requestTimeoutMs: DESCRIBE_TIMEOUT_MS };

export function sqsClient(settings: AwsSettings, patience: Patience = QUEUE_PATIENCE): SqsClient {
  return lazily(async () => {
    const sdk = await import("./sdk/sqs.ts");
    const client = new sdk.SQSClient({
      ...configOf(settings, patience),
      // Queues are named by their full address; it is not taken for the service's.
      useQueueUrlAsEndpoint: false,
    });
    return { sdk, client };
  });
}

export function blobClient(settings: AwsSettings, patience: Patience = BLOB_PATIENCE): BlobClient {
  return lazily(async () => {
    const sdk = await import("./sdk/s3.ts");
    const client = new sdk.S3Client({
      ...configOf(settings, patience),
      // Another endpoint than AWS's has no host name for each bucket.
      forcePathStyle: settings.endpoint !== undefined,
      requestChecksumCalculation: "WHEN_SUPPORTED",
      responseChecksumValidation: "WHEN_SUPPORTED",
    });
    return { sdk, client };
  });
}

export function cachesClient(settings: AwsSettings, patience: Patience = DESCRIBE_PATIENCE): CachesClient {
  return lazily(async () => {
    const sdk = await import("./sdk/elasticache.ts");
    return { sdk, client: new sdk.ElastiCacheClient(configOf(settings, patience)) };
  });
}

function configOf(settings: AwsSettings, { connectTimeoutMs, requestTimeoutMs, silenceMsMax }: Patience) {
  return {
    ...settings,
    maxAttempts: ATTEMPTS_MAX,
    retryMode: "standard" as const,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      ...(silenceMsMax !== undefined && { socketTimeout: silenceMsMax }),
    },
  };
}

function lazily<Client extends { destroy(): void }, Sdk>(
  load: () => Promise<{ readonly client: Client; readonly sdk: Sdk }>,
): AwsClient<Client, Sdk> {
  let opened: ReturnType<typeof load> | undefined;
  return {
    open() {
      opened ??= load();
      return opened;
    },
    async close() {
      (await opened)?.client.destroy();
      opened = undefined;
    },
  };
}
