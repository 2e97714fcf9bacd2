import type { FunctionShape } from "../layers/core/deployment/function-shape.ts";
import type { WorkerShape } from "../layers/core/deployment/worker-shape.ts";
import { DEPLOYED_WORKERS, type DeployedFunction, type DeployedWorker, functionsOf } from "./functions.ts";
import { hostsOf, LIVE_ALIAS, namesOf, type Place, SCOPE_PREFIX, socketHost } from "./names.ts";
import type { PlanProblem } from "./plan/plan-problem.ts";
import { cognitoOf, type StagePlan } from "./plan/stage-plan.ts";

/** What a cell knows once it is laid out, and its functions have to be told. */
export interface CellFacts {
  readonly place: Place;
  /** `host:port`; left out where no cache is planned. */
  readonly cacheEndpoint: string | undefined;
  /** Where projects run; left out where none are planned. */
  readonly projects?: ProjectFacts;
  /** What only the cell knows that has no domain: where its people connect, and from what origin its pages are. */
  readonly people?: PeopleFacts;
  /** Of the stage's user pool; left out where none is planned. */
  readonly pool?: SignInFacts;
}

export interface ProjectFacts {
  /** Ids, between commas. */
  readonly subnets: string;
  readonly securityGroup: string;
}

export interface PeopleFacts {
  readonly socketUrl: string;
  readonly pageOrigin: string;
}

export interface SignInFacts {
  readonly issuer: string;
  readonly clientId: string;
  /** Where its pages are. */
  readonly signInUrl: string;
}

/** A function reads a variable that nothing here supplies. */
export class SettingUnsupplied extends Error {
  readonly code = "setting_unsupplied";

  constructor(functionName: string, variable: string) {
    super(`the function ${functionName} reads ${variable}, which lib/settings.ts does not supply`);
  }
}

/** A plan asks for a user pool, and who asks for settings did not say which it is. */
export class PoolUnknown extends Error {
  readonly code = "pool_unknown";

  constructor() {
    super("the plan's identity is cognito, and its pool is not among the facts");
  }
}

/** A plan has projects, and who asks for settings did not say where they run. */
export class ProjectsUnknown extends Error {
  readonly code = "projects_unknown";

  constructor() {
    super("the plan has projects, and where they run is not among the facts");
  }
}

/** The environment of one function: the variables that its schema names, and no other. */
export function environmentOf(
  { name, shape, config }: DeployedFunction | DeployedWorker,
  { stage, facts }: { readonly stage: StagePlan; readonly facts: CellFacts },
): Record<string, string> {
  const supplied = supply(stage, facts);
  const entries = Object.keys(config.shape).map((variable) => {
    const ownMode = variable === "REPLY_MODE" && "replyMode" in shape ? shape.replyMode[stage.frontDoor] : undefined;
    const value =
      ownMode ?? (variable === "WORK_QUEUE_URL" ? ownQueueUrl(shape, { stage, facts }) : supplied[variable]);
    if (value === undefined) throw new SettingUnsupplied(name, variable);
    return [variable, value];
  });
  return Object.fromEntries(entries);
}

function supply(
  stage: StagePlan,
  { place, cacheEndpoint, pool, projects, people }: CellFacts,
): Readonly<Record<string, string>> {
  const names = namesOf(stage);
  const cacheName = cacheEndpoint === undefined ? "none" : names.cache;
  return {
    STATE_TABLE: names.stateTable,
    CONTROL_TABLE: names.controlTable,
    BLOB_BUCKET: names.blobBucket(place),
    // A region that is planned twice is a problem of its own.
    BLOB_BUCKETS: [...new Set(stage.regions)]
      .map((region) => `${region}=${names.blobBucket({ ...place, region })}`)
      .join(","),
    TENANT: stage.settings.tenant,
    ACCESS_SECRET_ID: names.accessSecret,
    SEAL_SECRET_ID: names.sealSecret,
    API_KEY_SECRET_ID: names.apiKeySecret,
    ...identitySettings(tokenRules(stage, pool)),
    ...cognitoSettings(stage, pool),
    ...runnerSettings(stage, { place, facts: projects }),
    SIGN_UP: stage.selfServiceSignUp ? "on" : "off",
    PROJECTS: stage.projects === "off" ? "off" : "on",
    BASE_URL: stage.domain === "none" ? "none" : `https://${stage.domain.name}`,
    REGIONS: stage.regions.join(","),
    USAGE_QUEUE_URL: queueUrl(place, names.queue("usage")),
    JOBS_QUEUE_URL: queueUrl(place, names.queue("jobs")),
    JOBS_HIGH_QUEUE_URL: queueUrl(place, names.queue("jobs-high")),
    MESSAGES_QUEUE_URL: queueUrl(place, names.queue("messages")),
    ...peopleSettings(stage, place, people),
    CYBERCHEF_DIR: "/opt/cyberchef",
    SURFACE: stage.settings.surface,
    POLL_INTERVAL_MS: String(stage.settings.pollIntervalMs),
    HOLD_MS: String(stage.settings.holdMs),
    FAULTS: stage.settings.faults,
    WATCHED_TENANTS: listOf(stage.settings.watchedTenants),
    LISTEN_MS: String(stage.settings.listenMs),
    CACHE_ENDPOINT: cacheEndpoint ?? "none",
    CACHE_NAME: cacheName,
    CACHE_USER: cacheName,
    USER_SESSION_ADDRESS_BINDING: stage.settings.userSessionAddressBinding,
  };
}

/** Both `none` where nobody has said it, and pages connect beside them. */
function peopleSettings({ domain }: StagePlan, { region }: Place, people: PeopleFacts | undefined) {
  if (domain === "none") return { SOCKET_URL: people?.socketUrl ?? "none", PAGE_ORIGINS: people?.pageOrigin ?? "none" };
  const origins = [domain.name, hostsOf(domain.name, region).cell].map((host) => `https://${host}`);
  return { SOCKET_URL: `wss://${socketHost(domain.name)}/ws`, PAGE_ORIGINS: origins.join(",") };
}

/** All `none` where the plan has no projects. */
function runnerSettings(
  stage: StagePlan,
  { place, facts }: { readonly place: Place; readonly facts: ProjectFacts | undefined },
): Readonly<Record<string, string>> {
  if (stage.projects === "off") return NO_RUNNER;
  if (facts === undefined) throw new ProjectsUnknown();
  const names = namesOf(stage);
  return {
    RUNNER_CLUSTER: names.projectCluster,
    RUNNER_TASK_FAMILY: names.projectTasks,
    RUNNER_SUBNETS: facts.subnets,
    RUNNER_SECURITY_GROUP: facts.securityGroup,
    RUNNER_LOG_GROUP: names.projectLogs,
    RUNNER_CAPACITY: stage.projects.capacity,
    // Of the cell alone: a run is reached in its own region.
    PROJECTS_URL: stage.domain === "none" ? "none" : `https://${hostsOf(stage.domain.name, place.region).cell}`,
    CARRIER_FUNCTION: `${names.carrier}:${LIVE_ALIAS}`,
  };
}

const NO_RUNNER = {
  RUNNER_CLUSTER: "none",
  RUNNER_TASK_FAMILY: "none",
  RUNNER_SUBNETS: "none",
  RUNNER_SECURITY_GROUP: "none",
  RUNNER_LOG_GROUP: "none",
  RUNNER_CAPACITY: "none",
  PROJECTS_URL: "none",
  CARRIER_FUNCTION: "none",
};

/** What the functions go by to know callers by their tokens. */
type TokenRules = Omit<Extract<StagePlan["identity"], { kind: "issuer" }>, "kind">;

function identitySettings(rules: TokenRules): Readonly<Record<string, string>> {
  return {
    ISSUER: rules.issuer,
    AUDIENCES: listOf(rules.audiences),
    CLIENT_IDS: listOf(rules.clientIds),
    TENANT_CLAIM: rules.tenantClaim,
    ROLE_CLAIM: rules.roleClaim,
  };
}

const NO_ISSUER: TokenRules = {
  issuer: "none",
  audiences: [],
  clientIds: [],
  tenantClaim: "tenant",
  roleClaim: "role",
};

function tokenRules({ identity, domain }: StagePlan, pool: SignInFacts | undefined): TokenRules {
  if (identity === "keys-alone") return NO_ISSUER;
  if (identity.kind === "issuer") return identity;
  if (pool === undefined) throw new PoolUnknown();
  const { issuer, clientId } = pool;
  const { tenantClaim, roleClaim } = NO_ISSUER;
  // Clients name the server that they want a token for, and Cognito writes it into `aud` (RFC 8707). Where a cell has only
  // the address that API Gateway gives it, nobody knows that name beforehand, and the pool's client stands for it.
  return domain === "none"
    ? { issuer, audiences: [SCOPE_PREFIX], clientIds: [clientId], tenantClaim, roleClaim }
    : { issuer, audiences: [...resourcesOf(domain.name), SCOPE_PREFIX], clientIds: [], tenantClaim, roleClaim };
}

/** What the functions say in Cognito's stead, where clients can reach it: beside a name that all regions share. */
function cognitoSettings(stage: StagePlan, pool: SignInFacts | undefined): Readonly<Record<string, string>> {
  if (cognitoOf(stage) === undefined) return { SCOPE_PREFIX: "none", SIGN_IN_URL: "none" };
  if (pool === undefined) throw new PoolUnknown();
  return { SCOPE_PREFIX: `${SCOPE_PREFIX}/`, SIGN_IN_URL: stage.domain === "none" ? "none" : pool.signInUrl };
}

/** By what MCP clients, and all others, name the server: the longer first, since scopes are read by what they begin with. */
function resourcesOf(domainName: string): readonly string[] {
  return [`https://${domainName}/mcp`, `https://${domainName}`];
}

const listOf = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(","));

/** Of the queue that a function works off; undefined where it works off none. */
function ownQueueUrl(
  shape: FunctionShape | WorkerShape,
  { stage, facts }: { readonly stage: StagePlan; readonly facts: CellFacts },
): string | undefined {
  const queue = "works" in shape && shape.works.by === "queue" ? shape.works.queue : undefined;
  return queue && queueUrl(facts.place, namesOf(stage).queue(queue));
}

/** Source: SQS developer guide, "Queue and message identifiers" (read 2026-11-21). */
function queueUrl({ account, region }: Place, queueName: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${domain}/${account}/${queueName}`;
}

/** Stands for what only AWS knows, where a plan is judged before it is deployed. */
const SAMPLE_ACCOUNT = "123456789012";
const SAMPLE_ENDPOINT = "cache.example.com:6379";
const SAMPLE_POOL: SignInFacts = {
  issuer: "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE",
  clientId: "1example23456789",
  signInUrl: "https://skein.auth.us-east-1.amazoncognito.com",
};

const SAMPLE_PROJECTS: ProjectFacts = { subnets: "subnet-0a,subnet-0b", securityGroup: "sg-0a" };

/** What the functions themselves would refuse of a plan's settings at their start. */
export function settingProblems(stage: StagePlan): readonly PlanProblem[] {
  const cacheEndpoint = stage.cache === "none" ? undefined : SAMPLE_ENDPOINT;
  const problems = stage.regions.flatMap((region) =>
    [...functionsOf(stage), ...DEPLOYED_WORKERS].flatMap((deployed) => {
      const place = { account: SAMPLE_ACCOUNT, region };
      const facts = { place, cacheEndpoint, pool: SAMPLE_POOL, projects: SAMPLE_PROJECTS };
      const reading = deployed.config.safeParse(environmentOf(deployed, { stage, facts }));
      return (reading.error?.issues ?? []).map(({ path, message }): PlanProblem => {
        const at = `${stage.name}.settings`;
        return { reason: "setting_refused", at, message: `${deployed.name} refuses ${path.join(".")}: ${message}` };
      });
    }),
  );
  return problems.filter(({ message }, index) => problems.findIndex((other) => other.message === message) === index);
}
