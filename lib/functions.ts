import type * as z from "zod";
import { CARRIER_SHAPE, CarrierConfig } from "../functions/carrier/config.ts";
import { CLAIMS_SHAPE } from "../functions/claims/config.ts";
import { DELIVERY_SHAPE, DeliveryConfig } from "../functions/delivery/config.ts";
import { HEALTH_SHAPE, HealthConfig } from "../functions/health/config.ts";
import { JOBS_SHAPE, JobsConfig } from "../functions/jobs/config.ts";
import { MCP_SHAPE, McpConfig } from "../functions/mcp/config.ts";
import { PASSAGE_SHAPE, PassageConfig } from "../functions/passage/config.ts";
import { PEOPLE_SHAPE, PeopleConfig } from "../functions/people/config.ts";
import { PROJECTS_SHAPE, ProjectsConfig } from "../functions/projects/config.ts";
import { SESSIONS_SHAPE, SessionsConfig } from "../functions/sessions/config.ts";
import { SOCKETS_SHAPE, SocketsConfig } from "../functions/sockets/config.ts";
import { TENANTS_SHAPE, TenantsConfig } from "../functions/tenants/config.ts";
import { UPKEEP_SHAPE, UpkeepConfig } from "../functions/upkeep/config.ts";
import { USAGE_SHAPE, UsageConfig } from "../functions/usage/config.ts";
import { HIGH_WORKER_SHAPE, WORKER_SHAPE, WorkerConfig } from "../functions/worker/config.ts";
import type { FunctionShape } from "../layers/core/deployment/function-shape.ts";
import type { WorkerShape } from "../layers/core/deployment/worker-shape.ts";
import type { StagePlan } from "./plan/stage-plan.ts";

/** A function of the cell: what it asks for, and what its tenants lose with it. */
export interface DeployedFunction {
  readonly name: keyof StagePlan["warm"] | "people" | "projects" | "passage";
  readonly shape: FunctionShape;
  /** The environment variables that it reads, which are exactly those that it is given. */
  readonly config: z.ZodObject;
  /** What tenants notice while it fails. */
  readonly tenantsNotice: string;
  /** Deployed where the plan has these. Left out, always. */
  readonly onlyWith?: "projects";
  /**
   * Above this share of failed calls it is failing itself.
   * @default - that of all functions
   */
  readonly failuresPercentMax?: number;
}

/** The functions of a stage's cells. */
export function functionsOf({ projects }: Pick<StagePlan, "projects">): readonly DeployedFunction[] {
  return DEPLOYED_FUNCTIONS.filter(({ onlyWith }) => onlyWith === undefined || projects !== "off");
}

/**
 * A project that hangs up in the middle of a reply, or is stopped then, fails the call that passes it on: there is no other
 * way to tell API Gateway that what it has is not all. So some failures are the tenants' own, and half of all are not.
 */
const BROKEN_OFF_PERCENT_MAX = 50;

/**
 * How many environments of a function are kept warm. Who answers a person takes longer than any start; who starts a project waits for its task anyway; who calls one waits
 * for a cold start now and then.
 */
export function warmOf({ warm }: Pick<StagePlan, "warm">, name: DeployedFunction["name"]): StagePlan["warm"]["mcp"] {
  return name === "people" || name === "projects" || name === "passage" ? { min: 0, max: 0 } : warm[name];
}

export const DEPLOYED_FUNCTIONS: readonly DeployedFunction[] = [
  { name: "mcp", shape: MCP_SHAPE, config: McpConfig, tenantsNotice: "calls of MCP tools end without an answer." },
  {
    name: "sessions",
    shape: SESSIONS_SHAPE,
    config: SessionsConfig,
    tenantsNotice: "user sessions are not read or saved; pages lose their settings.",
  },
  {
    name: "jobs",
    shape: JOBS_SHAPE,
    config: JobsConfig,
    tenantsNotice: "jobs are not submitted, shown or cancelled through the API; those that were submitted go on.",
  },
  {
    name: "people",
    shape: PEOPLE_SHAPE,
    config: PeopleConfig,
    tenantsNotice: "messages are not published or shown, and questions not asked or answered, over plain HTTP.",
  },
  {
    name: "projects",
    shape: PROJECTS_SHAPE,
    config: ProjectsConfig,
    tenantsNotice: "projects are not started, stopped or shown over plain HTTP; those that run go on.",
    onlyWith: "projects",
  },
  {
    name: "passage",
    shape: PASSAGE_SHAPE,
    config: PassageConfig,
    tenantsNotice: "their projects do not answer under /p/; they run and print all the same.",
    onlyWith: "projects",
    failuresPercentMax: BROKEN_OFF_PERCENT_MAX,
  },
  {
    name: "tenants",
    shape: TENANTS_SHAPE,
    config: TenantsConfig,
    tenantsNotice:
      "members, keys, usage and invoices are not shown or changed, and new clients are not led to sign in.",
  },
  {
    name: "health",
    shape: HEALTH_SHAPE,
    config: HealthConfig,
    tenantsNotice: "their calls go to another region, since this one looks ill to Route 53.",
  },
];

/** A function that no caller waits for over HTTP: it works off a queue, what comes due, or what connections say. */
export interface DeployedWorker {
  readonly name: string;
  readonly shape: WorkerShape;
  readonly config: z.ZodObject;
  /** What tenants notice while it fails, or its work waits. */
  readonly tenantsNotice: string;
  /** What they notice of messages that were given up; left out where it works off no queue. */
  readonly lettersNoticed?: string;
}

export const DEPLOYED_WORKERS: readonly DeployedWorker[] = [
  {
    name: "usage",
    shape: USAGE_SHAPE,
    config: UsageConfig,
    tenantsNotice: "what they use shows late in their usage and their quotas of the month; nothing of it is lost.",
    lettersNoticed: "some of what they used is missing from their usage, and will from their invoice after 14 days.",
  },
  {
    name: "worker",
    shape: WORKER_SHAPE,
    config: WorkerConfig,
    tenantsNotice: "their jobs wait, or fail and are tried again, up to as often as each may be; none is lost.",
    lettersNoticed: "some of their jobs were begun late, by the sweeper; none is lost.",
  },
  {
    name: "worker-high",
    shape: HIGH_WORKER_SHAPE,
    config: WorkerConfig,
    tenantsNotice: "their jobs of a high priority wait, or fail and are tried again; none is lost.",
    lettersNoticed: "some of their jobs of a high priority were begun late, by the sweeper; none is lost.",
  },
  {
    name: "sockets",
    shape: SOCKETS_SHAPE,
    config: SocketsConfig,
    tenantsNotice: "people can't connect, and what they say there is not answered; nothing that was stored is lost.",
  },
  {
    name: "delivery",
    shape: DELIVERY_SHAPE,
    config: DeliveryConfig,
    tenantsNotice: "messages and questions reach people late, or when they connect again; none is lost.",
    lettersNoticed: "some messages reached people with the next one, or when they connected again; none is lost.",
  },
  {
    name: "upkeep",
    shape: UPKEEP_SHAPE,
    config: UpkeepConfig,
    tenantsNotice:
      "schedules submit no jobs, jobs whose worker or message was lost stay where they are, usage and invoices come late, " +
      "and deleted tenants are erased later than promised.",
  },
];

/** What calls projects from within their network. It is no part of a cell: it goes with the network. */
export const CARRIER_FUNCTION = {
  name: "carrier",
  shape: CARRIER_SHAPE,
  config: CarrierConfig,
  tenantsNotice: "their projects do not answer under /p/; they run and print all the same.",
} as const;

/** What Cognito asks before it writes a person's tokens. It is no part of a cell: it goes with the pool. */
export const SIGN_IN_FUNCTION = {
  name: "claims",
  shape: CLAIMS_SHAPE,
  tenantsNotice: "nobody can sign in; who has a token goes on until it expires, and API keys work.",
} as const;
