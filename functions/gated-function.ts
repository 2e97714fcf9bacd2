import process from "node:process";
import { dynamoClient } from "../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../layers/aws/dynamo-table.ts";
import type { FunctionRole } from "../layers/aws/function-cache.ts";
import { functionQueues, functionSecrets, functionTables } from "../layers/aws/function-settings.ts";
import { type SecretsClient, secretsClient, secretsManagerSecret } from "../layers/aws/secrets-manager.ts";
import { type SqsSendClient, sqsSendClient, sqsSender } from "../layers/aws/sqs-sender.ts";
import type { FunctionShape, ReplyMode } from "../layers/core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../layers/core/http/http-message.ts";
import type { Chance } from "../layers/core/ports/chance.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { Table } from "../layers/core/ports/table.ts";
import type { Identity } from "../layers/core/tenant/identity.ts";
import { SCOPES } from "../layers/core/tenant/scope.ts";
import { parseTenantId } from "../layers/core/tenant/tenant-id.ts";
import { Meter } from "../layers/core/usage/meter.ts";
import type { CallLine } from "../layers/http/call-line.ts";
import { withScopePrefix } from "../layers/http/challenge.ts";
import { gate, type NewcomerHandler } from "../layers/http/gate.ts";
import { type LambdaFunctionParts, lambdaFunction } from "../layers/http/lambda/lambda-function.ts";
import type { LambdaHandler } from "../layers/http/lambda/lambda-http.ts";
import { type LineLogs, lineLogs } from "../layers/http/lambda/line-logs.ts";
import type { TrustedIssuer } from "../layers/identity/trusted-issuer.ts";
import { accessKey } from "../layers/node/access-key.ts";
import { cpuMicroseconds } from "../layers/node/cpu-microseconds.ts";
import { type SecretKeyedHash, secretKeyedHash } from "../layers/node/keyed-hash.ts";
import { systemChance } from "../layers/node/system-chance.ts";
import { systemClock } from "../layers/node/system-clock.ts";
import type { GateConfig } from "./gate-settings.ts";
import { Tenancy } from "./tenancy.ts";

/** Of a tenant that nobody has signed up: its owner runs the fleet. */
const FIRST_PLAN = "scale";

export interface GatedFunctionOptions {
  readonly config: GateConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly shape: Pick<FunctionShape, "name" | "routes">;
  /** The names of the toolkits that tenants may have on. */
  readonly toolkits: ReadonlySet<string>;
}

/** What a function is made of that asks its callers who they are: its stores, its gate, its meter and its logs. */
export class GatedFunction {
  readonly clock: Clock = systemClock();
  readonly chance: Chance = systemChance();
  readonly state: Table;
  readonly control: Table;
  /** The region and the credentials that the function has. */
  readonly role: FunctionRole;
  readonly secrets: SecretsClient;
  readonly sqs: SqsSendClient;
  readonly tenancy: Tenancy;
  readonly logs: LineLogs;
  readonly meter: Meter;
  readonly #options: GatedFunctionOptions;
  readonly #hash: SecretKeyedHash;
  readonly #key: ReturnType<typeof secretsManagerSecret>;

  constructor(options: GatedFunctionOptions) {
    this.#options = options;
    const { config, environment, shape, toolkits } = options;
    const { clock, chance } = this;
    const settings = functionTables(environment);
    const { region } = settings;
    this.role = settings;
    const report = (fault: unknown): void => this.logs.reportFault(fault, "none");
    this.logs = lineLogs(clock, { service: shape.name, watchedTenants: config.WATCHED_TENANTS }, (line) => {
      process.stdout.write(line);
    });
    const client = dynamoClient({ ...settings, clock, chance });
    this.state = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
    this.control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });
    this.secrets = secretsClient({ ...functionSecrets(environment), clock, chance });
    this.#key = secretsManagerSecret({ client: this.secrets, id: config.ACCESS_SECRET_ID, clock });
    this.#hash = secretKeyedHash(secretsManagerSecret({ client: this.secrets, id: config.API_KEY_SECRET_ID, clock }));
    this.tenancy = new Tenancy({
      state: this.state,
      control: this.control,
      clock,
      chance,
      hash: this.#hash,
      region,
      regions: new Set(config.REGIONS),
      toolkits,
      issuers: issuersOf(config),
      others: this.#firstOwner(),
      report,
    });
    this.sqs = sqsSendClient({ ...functionQueues(environment), clock, chance });
    const queue = sqsSender({ client: this.sqs, queueUrl: config.USAGE_QUEUE_URL });
    this.meter = new Meter({ queue, clock, chance, cpuMicroseconds, report });
  }

  /** What the first call would otherwise wait for: the secrets, and a tenant's record, by way of all that reads one. */
  get starting(): readonly Promise<unknown>[] {
    return [this.#key.read(0), this.#hash.refresh(), this.#firstPolicy()];
  }

  async #firstPolicy(): Promise<unknown> {
    return this.tenancy.policies.policyOf(this.#options.config.TENANT);
  }

  /** Under which a caller reaches this server; without a slash at the end. */
  readonly baseUrl = ({ headers }: HttpRequest): string => {
    const { BASE_URL: baseUrl } = this.#options.config;
    return baseUrl === "none" ? `https://${headers.host ?? ""}` : baseUrl;
  };

  gated(handler: HttpHandler, newcomers?: NewcomerHandler): HttpHandler<DoorCall> {
    const inner = gate(
      this.tenancy.gateParts({
        resourceMetadataUrl: (request) => `${this.baseUrl(request)}${metadataPath(request)}`,
        ...(newcomers !== undefined && { newcomers }),
      }),
      handler,
    );
    return async (request, call) => {
      await this.refresh();
      return this.#forProvider(await inner(request, call));
    };
  }

  /** Takes up what has changed of the secrets that callers are known by. To be awaited before one is asked who they are. */
  refresh(): Promise<void> {
    return this.#hash.refresh();
  }

  /** What the provider puts before each scope; empty where its scopes are ours. */
  get scopePrefix(): string {
    const { SCOPE_PREFIX: prefix } = this.#options.config;
    return prefix === "none" ? "" : prefix;
  }

  /** Clients ask the provider for the scopes that a challenge names. */
  #forProvider(reply: HttpReply): HttpReply {
    const { "www-authenticate": challenge } = reply.headers;
    if (challenge === undefined || this.scopePrefix === "") return reply;
    return {
      ...reply,
      headers: { ...reply.headers, "www-authenticate": withScopePrefix(challenge, this.scopePrefix) },
    };
  }

  /**
   * What Lambda calls.
   *
   * @param outermost what every call passes before all else; left out, nothing.
   */
  behindDoor(
    handler: HttpHandler<DoorCall>,
    replyMode: ReplyMode,
    outermost?: LambdaFunctionParts["outermost"],
  ): LambdaHandler {
    const { clock, chance, logs } = this;
    const { config, shape } = this.#options;
    return lambdaFunction(shape, {
      handler,
      ...(outermost !== undefined && { outermost }),
      replyMode,
      clock,
      ...(config.FAULTS !== "none" && { drill: { faults: config.FAULTS, clock, chance } }),
      reportFault: logs.reportFault,
      callEnded: (line) => this.#callEnded(line),
    });
  }

  /** Between calls nothing runs, so what is due or under way is done before this one ends. */
  async #callEnded(line: CallLine): Promise<void> {
    this.logs.callEnded(line);
    const tenantId = parseTenantId(line.tenantId);
    if (line.admitted && tenantId.ok) {
      const busyMicroseconds = Math.round(line.durationMs * 1_000);
      const { bytesIn, bytes: bytesOut } = line;
      this.meter.record(tenantId.value, { calls: 1, bytesIn, bytesOut, busyMicroseconds });
    }
    await this.settled();
  }

  /** At the end of a call, after which the process may stand still. */
  async settled(): Promise<void> {
    await Promise.all([this.tenancy.settled(), this.meter.flushWhenDue(), this.tenancy.audit.flush("over")]);
  }

  /** The bearer of the access key owns the first tenant, which is made when it first comes. */
  #firstOwner(): (credential: string) => Promise<Identity | undefined> {
    const isKey = accessKey(this.#key);
    const tenantId = this.#options.config.TENANT;
    return async (credential) => {
      if (!(await isKey(credential))) return undefined;
      const { policies, tenants } = this.tenancy;
      if ((await policies.policyOf(tenantId)) === undefined) {
        await tenants.ensure({ tenantId, name: tenantId, plan: FIRST_PLAN });
        policies.forget(tenantId); // another process may have made it since
      }
      return { tenantId, subject: "access-key", claimedRole: "owner", scopes: SCOPES, credential: "api-key" };
    };
  }
}

function issuersOf(config: GateConfig): readonly TrustedIssuer[] {
  if (config.ISSUER === "none") return [];
  return [
    {
      issuer: config.ISSUER,
      audiences: config.AUDIENCES,
      ...(config.CLIENT_IDS.length > 0 && { clientIds: config.CLIENT_IDS }),
      tenantClaim: config.TENANT_CLAIM,
      roleClaim: config.ROLE_CLAIM,
    },
  ];
}

/** RFC 9728, section 3.1: the path of what is protected comes last. */
function metadataPath({ path }: HttpRequest): string {
  return `/.well-known/oauth-protected-resource${path === "/mcp" ? path : ""}`;
}
