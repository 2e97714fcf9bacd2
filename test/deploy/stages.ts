import type { StagePlan } from "../../lib/plan/stage-plan.ts";

const DOMAIN = { name: "mcp.example.com", zoneName: "example.com", zoneId: "Z0123456789ABC" };

const COGNITO: StagePlan["identity"] = {
  kind: "cognito",
  callbackUrls: ["http://localhost:6274/oauth/callback", "https://claude.ai/api/mcp/auth_callback"],
  secondFactor: "optional",
};

/** One cell, nothing that costs anything while nobody calls. */
export const oneRegion: StagePlan = {
  name: "small",
  account: "current",
  regions: ["ap-southeast-2"],
  control: { consistency: "single-region" },
  frontDoor: "rest",
  domain: "none",
  identity: "keys-alone",
  selfServiceSignUp: false,
  settings: {
    tenant: "acme",
    surface: "index",
    pollIntervalMs: 1_000,
    holdMs: 0,
    listenMs: 30_000,
    faults: "none",
    watchedTenants: [],
    userSessionAddressBinding: "off",
  },
  warm: {
    mcp: { min: 0, max: 0 },
    sessions: { min: 0, max: 0 },
    jobs: { min: 0, max: 0 },
    tenants: { min: 0, max: 0 },
    health: { min: 0, max: 0 },
  },
  jobs: { normal: { kind: "on-demand", atOnceMax: 10 }, high: { kind: "on-demand", atOnceMax: 2 } },
  concurrencyQuota: 1_000,
  cache: "none",
  projects: "off",
  encryption: "aws-owned",
  rates: { requestsPerSecond: 100, burst: 200, perAddressIn5Minutes: 1_000, perKeyIn5Minutes: 5_000 },
  logRetentionDays: 30,
  operatorEmail: "operators@example.com",
  budgetUsd: 100,
};

/** Two cells and a witness, under a domain, with people who sign up, a cache, warm environments and projects. */
export const twoRegions: StagePlan = {
  ...oneRegion,
  name: "pair",
  regions: ["us-east-1", "us-west-2"],
  control: { consistency: "strong", witness: "us-east-2" },
  domain: DOMAIN,
  identity: COGNITO,
  selfServiceSignUp: true,
  cache: { storageGbMax: 1, ecpuPerSecondMax: 5_000 },
  projects: { image: "public.ecr.aws/docker/library/node:24-bookworm", capacity: "spot-in-development" },
  warm: { ...oneRegion.warm, mcp: { min: 2, max: 10 } },
  jobs: { normal: { kind: "provisioned", min: 2, max: 20 }, high: { kind: "on-demand", atOnceMax: 20 } },
};

/** Three cells of a known account, under its own key. */
export const threeRegions: StagePlan = {
  ...oneRegion,
  name: "trio",
  account: "123456789012",
  regions: ["eu-west-1", "eu-west-2", "eu-central-1"],
  control: { consistency: "strong" },
  identity: COGNITO,
  encryption: "customer-key",
};

/** Any of them behind a load balancer. */
export function behindLoadBalancer(stage: StagePlan): StagePlan {
  return { ...stage, name: `${stage.name}alb`, frontDoor: "alb", domain: DOMAIN };
}

export const EVERY_SHAPE: readonly StagePlan[] = [oneRegion, twoRegions, threeRegions].flatMap((stage) => [
  stage,
  behindLoadBalancer(stage),
]);
