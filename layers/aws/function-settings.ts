import type { AwsSettings } from "./client.ts";
import type { Credentials } from "./signature.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A service as the AWS SDKs write it in the names of their settings. */
type ServiceName = "DYNAMODB" | "S3" | "SQS" | "SECRETS_MANAGER" | "ELASTICACHE" | "ECS" | "CLOUDWATCH_LOGS" | "LAMBDA";

interface ConnectionSettings {
  readonly credentials: Credentials;
  /** Where one endpoint answers for every API. @default - each API has its own */
  readonly endpoint?: string;
}

/**
 * Where a function finds a service: in its own region, or where `AWS_ENDPOINT_URL_<SERVICE>` says (AWS SDKs and Tools
 * reference guide, "Service-specific endpoints", read 2026-11-20). Lambda sets the region and the role's credentials.
 *
 * @throws {LambdaVariableUnset} where Lambda, or what stands for it, has set no region.
 */
export function functionSettings(environment: Environment, service: ServiceName): AwsSettings {
  const region = required(environment, "AWS_REGION");
  const endpoint = environment[`AWS_ENDPOINT_URL_${service}`];
  return endpoint === undefined ? { region } : { region, endpoint };
}

/** Where a service is, with the credentials of the function's role. */
export type RoleSettings = AwsSettings & { readonly credentials: Credentials };

/**
 * Where a function finds its tables.
 *
 * @throws {LambdaVariableUnset} where Lambda, or what stands for it, has set no region or no credentials.
 */
export function functionTables(environment: Environment): RoleSettings {
  return { ...functionSettings(environment, "DYNAMODB"), credentials: roleCredentials(environment) };
}

/**
 * Where a function finds the queues it sends to.
 *
 * @throws {LambdaVariableUnset} as {@link functionTables} does.
 */
export function functionQueues(environment: Environment): RoleSettings {
  return { ...functionSettings(environment, "SQS"), credentials: roleCredentials(environment) };
}

/**
 * Where a function finds its secrets.
 *
 * @throws {LambdaVariableUnset} as {@link functionTables} does.
 */
export function functionSecrets(environment: Environment): RoleSettings {
  return { ...functionSettings(environment, "SECRETS_MANAGER"), credentials: roleCredentials(environment) };
}

/** Those that a runner of projects asks. */
export interface RunnerServices {
  readonly tasks: RoleSettings;
  readonly logs: RoleSettings;
  /** For links that it signs itself. */
  readonly blobs: RoleSettings;
}

/**
 * Where a function finds what runs projects.
 *
 * @throws {LambdaVariableUnset} as {@link functionTables} does.
 */
export function functionRunnerServices(environment: Environment): RunnerServices {
  const credentials = roleCredentials(environment);
  return {
    tasks: { ...functionSettings(environment, "ECS"), credentials },
    logs: { ...functionSettings(environment, "CLOUDWATCH_LOGS"), credentials },
    blobs: { ...functionSettings(environment, "S3"), credentials },
  };
}

/**
 * Where a function finds others.
 *
 * @throws {LambdaVariableUnset} as {@link functionTables} does.
 */
export function functionFunctions(environment: Environment): RoleSettings {
  return { ...functionSettings(environment, "LAMBDA"), credentials: roleCredentials(environment) };
}

/**
 * Where a function finds the connections of WebSocket APIs: each has its own address, which is told with the connection.
 *
 * @throws {LambdaVariableUnset} as {@link functionTables} does.
 */
export function functionConnections(environment: Environment): ConnectionSettings {
  const credentials = roleCredentials(environment);
  const endpoint = environment.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  return endpoint === undefined ? { credentials } : { credentials, endpoint };
}

function roleCredentials(environment: Environment): Credentials {
  const sessionToken = environment.AWS_SESSION_TOKEN;
  return {
    accessKeyId: required(environment, "AWS_ACCESS_KEY_ID"),
    secretAccessKey: required(environment, "AWS_SECRET_ACCESS_KEY"),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "") throw new LambdaVariableUnset(name);
  return value;
}

export class LambdaVariableUnset extends Error {
  readonly code = "lambda_variable_unset";
  constructor(name: string) {
    super(`${name} is not set; Lambda sets it for every function`);
    this.name = "LambdaVariableUnset";
  }
}
