import { ArnFormat, type Stack } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { FunctionShape, QueueName, SecretName, StoreRight } from "../../layers/core/deployment/function-shape.ts";
import { SOCKET_STAGE } from "../../layers/core/deployment/socket-stage.ts";
import type { WorkerShape } from "../../layers/core/deployment/worker-shape.ts";
import { BLOB_KINDS, type BlobKind, blobKindPrefix } from "../../layers/core/store/keys.ts";
import { LIVE_ALIAS } from "../names.ts";
import { allow } from "./allow.ts";
import { type RunnerPlaces, runnerStatements } from "./runner-access.ts";

/** By what names a cell knows the things that its functions may ask for. */
export interface AccessPlaces {
  readonly stateTable: string;
  readonly controlTable: string;
  readonly blobBucket: string;
  /** Of all regions, this one's included. */
  readonly blobBuckets: readonly string[];
  readonly secrets: Readonly<Record<SecretName, string>>;
  readonly queues: Readonly<Record<QueueName, string>>;
  /** Left out where no cache is planned. */
  readonly cache: string | undefined;
  /** Left out where no projects are planned. */
  readonly runner: RunnerPlaces | undefined;
  /** The WebSocket API of this region, and the regions whose connections are reached. */
  readonly sockets: { readonly apiId: string; readonly regions: readonly string[] };
  /** The function in the network of projects, likewise. */
  readonly carrier: string | undefined;
}

/** Secrets Manager ends a secret's ARN with six characters that only it knows. */
const UNKNOWN_SUFFIX = "-??????";

const TABLE_ACTIONS: Record<StoreRight, readonly string[]> = {
  none: [],
  read: ["dynamodb:GetItem", "dynamodb:Query"],
  write: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
};

/** What functions that may use the bucket keep as objects. */
const KEPT_KINDS: readonly BlobKind[] = ["mcp-call", "job-input", "job-result"];
const OBJECTS = KEPT_KINDS.map((kind) => `${blobKindPrefix(kind)}*`);

const ERASED = BLOB_KINDS.map((kind) => `${blobKindPrefix(kind)}*`);

const OBJECT_ACTIONS: Record<StoreRight, readonly string[]> = {
  none: [],
  read: ["s3:GetObject"],
  write: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
};

/** What a function that nobody calls asks for: what others do, and its own queue. */
export function workerStatements(stack: Stack, shape: WorkerShape, places: AccessPlaces): readonly PolicyStatement[] {
  const { works } = shape;
  return [
    ...accessStatements(stack, shape, places),
    ...(shape.erases === undefined ? [] : erasureAccess(stack, places.blobBuckets)),
    ...(works.by === "queue" ? [workAccess(stack, places.queues[works.queue])] : []),
  ];
}

/** To find and delete what tenants left in buckets, and to read none of it. */
function erasureAccess(stack: Stack, bucketNames: readonly string[]): readonly PolicyStatement[] {
  const arnOf = (resource: string): string => stack.formatArn({ service: "s3", region: "", account: "", resource });
  const objects = bucketNames.flatMap((name) => ERASED.map((kinds) => `${arnOf(name)}/${kinds}`));
  return [allow(["s3:ListBucket"], bucketNames.map(arnOf)), allow(["s3:DeleteObject"], objects)];
}

/**
 * What cdk-nag says to that, with the reason why it stays.
 *
 * @param blobBucket of one region, as cdk-nag writes it.
 */
export function erasureFindings(blobBucket: string): Readonly<Record<string, string>> {
  const reason = "Objects of a tenant that is gone are named at run time, in whichever region they lie.";
  const findings = ERASED.map((objects) => `AwsSolutions-IAM5[Resource::arn:aws:s3:::${blobBucket}/${objects}]`);
  return Object.fromEntries(findings.map((finding) => [finding, reason]));
}

function workAccess(stack: Stack, queueName: string): PolicyStatement {
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"];
  return allow(actions, [stack.formatArn({ service: "sqs", resource: queueName })]);
}

type StoreAccess = Pick<
  FunctionShape,
  "tables" | "bucket" | "secrets" | "queues" | "cache" | "runner" | "connections" | "carrier"
>;

/** What a function's shape asks for, as statements of its role: all that it may touch of what is stored. */
export function accessStatements(stack: Stack, shape: StoreAccess, places: AccessPlaces): readonly PolicyStatement[] {
  return [
    ...tableAccess(stack, { right: shape.tables.state, tableName: places.stateTable }),
    ...tableAccess(stack, { right: shape.tables.control, tableName: places.controlTable }),
    ...blobAccess(stack, { right: shape.bucket, bucketName: places.blobBucket }),
    ...shape.secrets.map((secret) => secretAccess(stack, places.secrets[secret])),
    ...shape.queues.map((queue) => sendAccess(stack, places.queues[queue])),
    ...(places.cache === undefined ? [] : cacheAccess(stack, { right: shape.cache, cacheName: places.cache })),
    ...(places.runner === undefined || shape.runner === undefined
      ? []
      : runnerStatements(stack, places.runner, shape.runner)),
    ...(shape.connections === undefined ? [] : [connectionAccess(stack, places.sockets)]),
    ...(places.carrier === undefined || shape.carrier === undefined ? [] : [carrierAccess(stack, places.carrier)]),
  ];
}

/**
 * What cdk-nag says to that, with the reason why it stays.
 *
 * @param blobBucket as cdk-nag writes it.
 */
export function accessFindings(
  shape: Pick<FunctionShape, "bucket">,
  blobBucket: string,
): Readonly<Record<string, string>> {
  if (shape.bucket === "none") return {};
  const reason = "Objects are named at run time; below this prefix the bucket holds nothing else.";
  const findings = OBJECTS.map((objects) => `AwsSolutions-IAM5[Resource::arn:aws:s3:::${blobBucket}/${objects}]`);
  return Object.fromEntries(findings.map((finding) => [finding, reason]));
}

function tableAccess(
  stack: Stack,
  { right, tableName }: { readonly right: StoreRight; readonly tableName: string },
): readonly PolicyStatement[] {
  if (right === "none") return [];
  const table = stack.formatArn({ service: "dynamodb", resource: "table", resourceName: tableName });
  return [allow(TABLE_ACTIONS[right], [table])];
}

function blobAccess(
  stack: Stack,
  { right, bucketName }: { readonly right: StoreRight; readonly bucketName: string },
): readonly PolicyStatement[] {
  if (right === "none") return [];
  const bucket = stack.formatArn({ service: "s3", region: "", account: "", resource: bucketName });
  // Without the right to list, S3 says "forbidden" of what is not there.
  const objects = OBJECTS.map((names) => `${bucket}/${names}`);
  return [allow(["s3:ListBucket"], [bucket]), allow(OBJECT_ACTIONS[right], objects)];
}

function secretAccess(stack: Stack, secretName: string): PolicyStatement {
  const secret = stack.formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${secretName}${UNKNOWN_SUFFIX}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return allow(["secretsmanager:GetSecretValue"], [secret]);
}

function sendAccess(stack: Stack, queueName: string): PolicyStatement {
  return allow(["sqs:SendMessage"], [stack.formatArn({ service: "sqs", resource: queueName })]);
}

/** Source: API Gateway developer guide, "Control access to WebSocket APIs with AWS IAM authorization" (read 2026-11-21). */
const CONNECTION_METHODS = ["POST", "DELETE"] as const;

/** To send to connections and to end them. What the APIs of other regions are called, only they know. */
function connectionAccess(stack: Stack, { apiId, regions }: AccessPlaces["sockets"]): PolicyStatement {
  const apis = [{ region: stack.region, id: apiId }, ...regions.map((region) => ({ region, id: "*" }))];
  const resources = apis.flatMap(({ region, id: resource }) =>
    CONNECTION_METHODS.map((method) => {
      const resourceName = `${SOCKET_STAGE}/${method}/@connections/*`;
      return stack.formatArn({ service: "execute-api", region, resource, resourceName });
    }),
  );
  return allow(["execute-api:ManageConnections"], resources);
}

/**
 * What cdk-nag says to that, with the reason why it stays.
 *
 * @param places as cdk-nag writes them.
 */
export function connectionFindings(
  { apiId, regions }: AccessPlaces["sockets"],
  { account, region: own }: { readonly account: string; readonly region: string },
): Readonly<Record<string, string>> {
  const reason = "Connections have their ids from API Gateway, and APIs of other regions theirs.";
  const apis = [{ region: own, id: apiId }, ...regions.map((region) => ({ region, id: "*" }))];
  const findings = apis.flatMap(({ region, id }) =>
    CONNECTION_METHODS.map((method) => {
      const arn = `arn:aws:execute-api:${region}:${account}:${id}/${SOCKET_STAGE}/${method}/@connections/*`;
      return `AwsSolutions-IAM5[Resource::${arn}]`;
    }),
  );
  return Object.fromEntries(findings.map((finding) => [finding, reason]));
}

/** The version that serves, and no other. */
function carrierAccess(stack: Stack, functionName: string): PolicyStatement {
  const resourceName = `${functionName}:${LIVE_ALIAS}`;
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return allow(
    ["lambda:InvokeFunction"],
    [stack.formatArn({ service: "lambda", resource: "function", resourceName, arnFormat })],
  );
}

function cacheAccess(
  stack: Stack,
  { right, cacheName }: { readonly right: FunctionShape["cache"]; readonly cacheName: string },
): readonly PolicyStatement[] {
  if (right === "none") return [];
  const arnOf = (resource: string): string =>
    stack.formatArn({
      service: "elasticache",
      resource,
      resourceName: cacheName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const cache = arnOf("serverlesscache");
  return right === "describe"
    ? [allow(["elasticache:DescribeServerlessCaches"], [cache])]
    : [allow(["elasticache:Connect"], [cache, arnOf("user")])];
}
