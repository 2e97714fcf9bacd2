import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as z from "zod";
import { TASK_CAPACITIES } from "../../layers/core/deployment/project-task.ts";
import { REGIONS } from "./regions.ts";

const Region = z.enum(REGIONS);

/** A field that takes one word, or something that is written out. */
const wordOr = <const Word extends string, Other extends z.ZodType>(word: Word, other: Other, isWritten: string) =>
  z.union([z.literal(word), other], `expected "${word}", or ${isWritten}`);

/** Of one of several kinds, what is told where no object stands. */
const anObject = (isWritten: string) => ({
  error: ({ code }: { readonly code: string }) => (code === "invalid_type" ? `expected ${isWritten}` : undefined),
});

/** As it is written in a plan. */
const shapeOf = ({ shape }: z.ZodObject): string => `{ ${Object.keys(shape).join(", ")} }`;

/** How long CloudWatch can keep logs, without "for ever". */
const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is number => typeof days === "number" && days !== RetentionDays.INFINITE,
);

const Email = z.email();

/** Environments that are kept warm; between the two numbers their count follows the load. Both 0 keeps none. */
const Warm = z.strictObject({
  min: z.int().min(0),
  max: z.int().min(0),
});

/**
 * Who takes a queue's jobs to their workers. `on-demand`: Lambda's own pollers, for so many jobs at once; they cost nothing
 * while nobody submits, and grow by 300 jobs at once a minute. `provisioned`: pollers that are kept ready, each for ten jobs
 * at once and paid for by the hour, which grow by 1,000 a minute. Sources: Lambda developer guide, "Configuring scaling
 * behavior for SQS event source mappings" (read 2026-11-21); of the largest number of pollers the CDK says 2,000.
 */
const JobPollers = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("on-demand"), atOnceMax: z.int().min(2).max(1_000) }),
    z.strictObject({ kind: z.literal("provisioned"), min: z.int().min(2).max(200), max: z.int().min(2).max(2_000) }),
  ],
  anObject(`an object of kind "on-demand" or "provisioned"`),
);

const Domain = z.strictObject({
  /** The one name that clients of every region use, as `mcp.example.com`. */
  name: z.hostname(),
  /** The public hosted zone of Route 53 that the name lies in. It has to exist. */
  zoneName: z.hostname(),
  zoneId: z.string().regex(/^Z[A-Z0-9]{5,31}$/, "the id of a hosted zone, as Z0123456789ABC"),
});

/** As Cognito takes them: over TLS, on the person's own machine, or to an app that has taken a scheme for itself. */
const CallbackUrl = z
  .url()
  .regex(
    /^(?:https:|(?!http:)[a-z][a-z0-9.+-]*:|http:\/\/(?:localhost|127\.0\.0\.1)[:/])/,
    "https, http://localhost or an app's scheme",
  )
  .regex(/^[^#]*$/, "no fragment");

const CognitoIdentity = z.strictObject({
  kind: z.literal("cognito"),
  /** Where clients may have people sent back to after they signed in, each to the letter. */
  callbackUrls: z.array(CallbackUrl).min(1).max(100).readonly(),
  /**
   * Codes of an app beside the password. `required`: of everyone, who is led through it at the next sign-in. `optional`: of
   * those for whom it was set up; Cognito's pages offer it to nobody by themselves.
   */
  secondFactor: z.enum(["optional", "required"]),
});

/** Another provider. A token's `aud` holds one of the audiences; where it writes none, its `client_id` is one of the clients. */
const IssuerIdentity = z.strictObject({
  kind: z.literal("issuer"),
  issuer: z.url({ protocol: /^https$/, error: "expected an address that begins with https://" }),
  audiences: z.array(z.string().min(1)).readonly(),
  clientIds: z.array(z.string().min(1)).readonly(),
  tenantClaim: z.string().min(1),
  roleClaim: z.string().min(1),
});

export type CognitoIdentity = z.infer<typeof CognitoIdentity>;

const Cache = z.strictObject({
  storageGbMax: z.int().min(1).max(5_000),
  ecpuPerSecondMax: z.int().min(1_000).max(15_000_000),
});

/** A tag that moves is pulled anew by each task: the same project would run on something else tomorrow. */
const Image = z
  .string()
  .regex(
    /^(?=.{1,400}$)[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)+(?::(?!latest$)\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
    "an image that everybody may pull, by its host, and its digest or a tag other than latest",
  );

const Projects = z.strictObject({
  /** What runs of projects find beside their own files. It has `node` and `tar`, and is for arm64. */
  image: Image,
  /**
   * `on-demand`; or `spot`, AWS's spare computers, for some 70 % less: it takes them back with two minutes' notice.
   * `spot-in-development` puts there what is started for development alone.
   */
  capacity: z.enum(TASK_CAPACITIES),
});

export type ProjectsPlan = z.infer<typeof Projects>;

/** The parts of a plan that can be read off one field alone; `check-plan.ts` holds them against each other. */
export const StagePlan = z.strictObject({
  /** Begins the name of everything deployed. Can't be changed later: the tables keep theirs. */
  name: z.string().regex(/^[a-z][a-z0-9]{1,11}$/, "2 to 12 lower-case letters and digits, a letter first"),
  /** Twelve digits; or `current`, the account of the credentials that the CDK runs with. */
  account: wordOr("current", z.string().regex(/^\d{12}$/, "12 digits, or current"), "12 digits between quotes"),
  /** A cell in each. The tables and secrets are made from the first, which can't be changed later. */
  regions: z.tuple([Region], Region, "expected a list of at least one region"),
  /**
   * `strong`: the control table is never wrong in any region. It needs three of one set of regions, or two and a
   * witness. `single-region`: one cell alone. DynamoDB fixes this when the table is made.
   */
  control: z.discriminatedUnion(
    "consistency",
    [
      z.strictObject({ consistency: z.literal("strong"), witness: Region.optional() }),
      z.strictObject({ consistency: z.literal("single-region") }),
    ],
    anObject(`an object of consistency "strong" or "single-region"`),
  ),
  /** `rest`: API Gateway, with streams. `alb`: a load balancer, whose replies come whole; it needs a domain. */
  frontDoor: z.enum(["rest", "alb"]),
  /** `none`: each cell is reached at the address that API Gateway gives it. */
  domain: wordOr("none", Domain, shapeOf(Domain)),
  /**
   * Whose tokens are taken beside API keys: those of a Cognito user pool of the stage's own, in its first region, or of
   * another OpenID provider. `keys-alone`: nobody signs in.
   */
  identity: wordOr(
    "keys-alone",
    z.discriminatedUnion("kind", [CognitoIdentity, IssuerIdentity]),
    `an object of kind "cognito" or "issuer"`,
  ),
  /** Whether anyone may make a tenant, and with Cognito an account, for themselves. */
  selfServiceSignUp: z.boolean(),
  /** What the functions are told. */
  settings: z.strictObject({
    /** The first tenant, whose owner has the access key. */
    tenant: z.string(),
    /** Which CyberChef tools are listed. */
    surface: z.enum(["index", "curated", "all"]),
    /** How often a stream that waits looks into the table; each look is a read that is paid for. */
    pollIntervalMs: z.int(),
    /** How long a legacy stream stays open while its call waits for an answer. 0, since open time is paid for. */
    holdMs: z.int(),
    /**
     * How long a stream that listens for changes stays open before its client comes back for another. A client that left
     * without a word holds an environment until then.
     */
    listenMs: z.int(),
    /**
     * What a drill breaks of the calls of all functions but the probes': `none`, or as `delay=200ms@50%,error@10%`. For a
     * stage of its own; a deployment that fails its alarms is rolled back.
     */
    faults: z.string(),
    /** Tenants with metrics of their own, each some dollars a month; all others share theirs. */
    watchedTenants: z.array(z.string()).readonly(),
    /** Whether a user session shows itself only to the address that began it. */
    userSessionAddressBinding: z.enum(["on", "off"]),
  }),
  warm: z.strictObject({ mcp: Warm, sessions: Warm, jobs: Warm, tenants: Warm, health: Warm }),
  /** How many jobs run at once in each region, for each priority. */
  jobs: z.strictObject({ normal: JobPollers, high: JobPollers }),
  /** The account's quota of concurrent Lambda executions in each region; new accounts start lower than 1,000. */
  concurrencyQuota: z.int().min(10),
  /** Valkey Serverless in each region, with what it may grow to; a lost cache costs time alone. */
  cache: wordOr("none", Cache, shapeOf(Cache)),
  /** `off`; or where and on what projects of tenants run: on Fargate, in a network of their own in each region. */
  projects: wordOr("off", Projects, shapeOf(Projects)),
  /** `customer-key`: tables, blobs and secrets under a KMS key of the account. Can't be changed without care. */
  encryption: z.enum(["aws-owned", "customer-key"]),
  rates: z.strictObject({
    /** What the front door of a cell takes in all; API Gateway alone keeps to it. */
    requestsPerSecond: z.int().min(1).max(10_000),
    burst: z.int().min(1).max(5_000),
    /** What one address, and one access key, may ask in five minutes before the firewall answers 403. */
    perAddressIn5Minutes: z.int().min(10).max(2_000_000_000),
    perKeyIn5Minutes: z.int().min(10).max(2_000_000_000),
  }),
  logRetentionDays: z.literal(LOG_RETENTION_DAYS),
  /** Who is told by alarms and by the budget. */
  operatorEmail: Email,
  /** Of the whole account, a month; told at 80 % spent and at 100 % foreseen. */
  budgetUsd: z.number().positive(),
});

export type StagePlan = z.infer<typeof StagePlan>;

/** Every stage of the product, each apart from the others. */
export type Plan = readonly StagePlan[];

/** Where people sign in, if the stage has a user pool of its own. */
export function cognitoOf({ identity }: Pick<StagePlan, "identity">): CognitoIdentity | undefined {
  return identity !== "keys-alone" && identity.kind === "cognito" ? identity : undefined;
}
