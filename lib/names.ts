import type { Region } from "./plan/regions.ts";
import type { StagePlan } from "./plan/stage-plan.ts";

/**
 * Every name that one stack knows another's resource by. Stacks are joined by these alone and import nothing from each
 * other, so that each can be deployed, replaced or lost without the rest. Pinned by `test/deploy/names.test.ts`: a
 * changed name of something that holds state is a new, empty one.
 */
export function namesOf({ name: stage }: Pick<StagePlan, "name">) {
  const prefix = `skein-${stage}`;
  return {
    stateTable: `${prefix}-state`,
    controlTable: `${prefix}-control`,
    accessSecret: `skein/${stage}/access`,
    sealSecret: `skein/${stage}/seal`,
    apiKeySecret: `skein/${stage}/api-key`,
    queue: (queueName: string) => `${prefix}-${queueName}`,
    deadLetters: (queueName: string) => `${prefix}-${queueName}-dead-letters`,
    userPool: prefix,
    /** Shared by all accounts of a region, as names of buckets are. */
    signInHost: (account: string) => `${prefix}-${account}`,
    /** The account is in it because all accounts share one space of names. */
    blobBucket: ({ account, region }: Place) => `${prefix}-blobs-${account}-${region}`,
    logBucket: ({ account, region }: Place) => `${prefix}-logs-${account}-${region}`,
    keyAlias: `alias/${prefix}`,
    /** Lower-case, and the user's name is its id: IAM authentication wants both. */
    cache: prefix,
    /** Where runs of projects lie. */
    projectCluster: `${prefix}-projects`,
    /** Begins the families of their tasks. */
    projectTasks: `${prefix}-project`,
    projectLogs: `/skein/${stage}/projects`,
    /** The region is in it because all regions of an account share one space of names. */
    projectLauncher: (region: Region) => `${prefix}-projects-${region}`,
    lambda: (functionName: string) => `${prefix}-${functionName}`,
    /** Calls projects from within their network. */
    carrier: `${prefix}-carrier`,
    api: prefix,
    socketApi: `${prefix}-sockets`,
    /** The region is in it because all regions of an account share one space of names. */
    dashboard: (region: Region) => `${prefix}-${region}`,
    alarm: (what: string) => `${prefix}-${what}`,
    stack: (what: string) => `${prefix}-${what}`,
  };
}

/** What the stack of the sign-in pool tells, by name. */
export const IDENTITY_OUTPUTS = { issuer: "Issuer", clientId: "ClientId", signInUrl: "SignInUrl" } as const;

/** What the stack of a region's projects tells, by name. */
export const PROJECT_OUTPUTS = { subnets: "Subnets", securityGroup: "SecurityGroup" } as const;

/** By which functions are called: the version that serves. */
export const LIVE_ALIAS = "live";

/** Stands before the scopes that Cognito knows, as in `skein/mcp:read`. */
export const SCOPE_PREFIX = "skein";

export type Names = ReturnType<typeof namesOf>;

export interface Place {
  /** Twelve digits, or CloudFormation's word for the account it deploys to. */
  readonly account: string;
  readonly region: Region;
}

/** By which clients of every region connect. */
export const socketHost = (domainName: string): string => `ws.${domainName}`;

/** The hosts of one cell under the stage's domain. */
export function hostsOf(domainName: string, region: Region) {
  return {
    /** Reaches this cell alone: for probes, and for who wants to see one region. */
    cell: `${region}.${domainName}`,
    /** Where the shared name leads in this region. */
    origin: `origin.${region}.${domainName}`,
    /** The same for connections: API Gateway takes no name for a WebSocket API that leads to a REST API too. */
    cellSocket: `ws.${region}.${domainName}`,
    socketOrigin: `origin.ws.${region}.${domainName}`,
  };
}
