import { DEPLOYED_FUNCTIONS, DEPLOYED_WORKERS, type DeployedFunction, type DeployedWorker } from "./functions.ts";
import { namesOf, type Place } from "./names.ts";
import type { PlanProblem } from "./plan/plan-problem.ts";
import type { StagePlan } from "./plan/stage-plan.ts";

/** What a cell knows once it is laid out, and its functions have to be told. */
export interface CellFacts {
  readonly place: Place;
  /** `host:port`; left out where no cache is planned. */
  readonly cacheEndpoint: string | undefined;
}

/** A function reads a variable that nothing here supplies. */
export class SettingUnsupplied extends Error {
  readonly code = "setting_unsupplied";

  constructor(functionName: string, variable: string) {
    super(`the function ${functionName} reads ${variable}, which lib/settings.ts does not supply`);
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
    const value = ownMode ?? supplied[variable];
    if (value === undefined) throw new SettingUnsupplied(name, variable);
    return [variable, value];
  });
  return Object.fromEntries(entries);
}

function supply(stage: StagePlan, { place, cacheEndpoint }: CellFacts): Readonly<Record<string, string>> {
  const names = namesOf(stage);
  const cacheName = cacheEndpoint === undefined ? "none" : names.cache;
  return {
    STATE_TABLE: names.stateTable,
    CONTROL_TABLE: names.controlTable,
    BLOB_BUCKET: names.blobBucket(place),
    TENANT: stage.settings.tenant,
    ACCESS_SECRET_ID: names.accessSecret,
    SEAL_SECRET_ID: names.sealSecret,
    API_KEY_SECRET_ID: names.apiKeySecret,
    ...identitySettings(stage.identity),
    BASE_URL: stage.domain === "none" ? "none" : `https://${stage.domain.name}`,
    REGIONS: stage.regions.join(","),
    USAGE_QUEUE_URL: queueUrl(place, names.queue("usage")),
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

function identitySettings(identity: StagePlan["identity"]): Readonly<Record<string, string>> {
  const { issuer, audiences, clientIds, tenantClaim, roleClaim } = identity === "keys-alone" ? NO_ISSUER : identity;
  return {
    ISSUER: issuer,
    AUDIENCES: listOf(audiences),
    CLIENT_IDS: listOf(clientIds),
    TENANT_CLAIM: tenantClaim,
    ROLE_CLAIM: roleClaim,
  };
}

const NO_ISSUER = { issuer: "none", audiences: [], clientIds: [], tenantClaim: "tenant", roleClaim: "role" } as const;

const listOf = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(","));

/** Source: SQS developer guide, "Queue and message identifiers" (read 2026-11-21). */
function queueUrl({ account, region }: Place, queueName: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${domain}/${account}/${queueName}`;
}

/** Stands for what only AWS knows, where a plan is judged before it is deployed. */
const SAMPLE_ACCOUNT = "123456789012";
const SAMPLE_ENDPOINT = "cache.example.com:6379";

/** What the functions themselves would refuse of a plan's settings at their start. */
export function settingProblems(stage: StagePlan): readonly PlanProblem[] {
  const cacheEndpoint = stage.cache === "none" ? undefined : SAMPLE_ENDPOINT;
  const problems = stage.regions.flatMap((region) =>
    [...DEPLOYED_FUNCTIONS, ...DEPLOYED_WORKERS].flatMap((deployed) => {
      const facts = { place: { account: SAMPLE_ACCOUNT, region }, cacheEndpoint };
      const reading = deployed.config.safeParse(environmentOf(deployed, { stage, facts }));
      return (reading.error?.issues ?? []).map(({ path, message }): PlanProblem => {
        const at = `${stage.name}.settings`;
        return { reason: "setting_refused", at, message: `${deployed.name} refuses ${path.join(".")}: ${message}` };
      });
    }),
  );
  return problems.filter(({ message }, index) => problems.findIndex((other) => other.message === message) === index);
}
