import type { Plan } from "./plan/stage-plan.ts";

/**
 * What is deployed: the one file to edit. `lib/plan/stage-plan.ts` says what each line means, `npm run synth` refuses
 * what can't be, and `docs/deploy.md` tells what it costs.
 */
export const PLAN: Plan = [
  {
    name: "production",
    account: "current",
    regions: ["eu-west-1", "eu-west-2", "eu-central-1"],
    control: { consistency: "strong" },
    frontDoor: "rest",
    domain: "none",
    identity: {
      kind: "cognito",
      callbackUrls: ["http://localhost:6274/oauth/callback", "https://claude.ai/api/mcp/auth_callback"],
      secondFactor: "optional",
    },
    selfServiceSignUp: false,
    settings: {
      tenant: "main",
      surface: "index",
      pollIntervalMs: 1_000,
      holdMs: 0,
      listenMs: 60_000,
      faults: "none",
      watchedTenants: [],
      userSessionAddressBinding: "off",
    },
    warm: {
      mcp: { min: 1, max: 20 },
      sessions: { min: 0, max: 0 },
      jobs: { min: 0, max: 0 },
      tenants: { min: 0, max: 0 },
      health: { min: 0, max: 0 },
    },
    jobs: {
      normal: { kind: "on-demand", atOnceMax: 100 },
      high: { kind: "on-demand", atOnceMax: 20 },
    },
    concurrencyQuota: 1_000,
    cache: "none",
    projects: "off",
    encryption: "aws-owned",
    rates: {
      requestsPerSecond: 500,
      burst: 1_000,
      perAddressIn5Minutes: 10_000,
      perKeyIn5Minutes: 60_000,
    },
    logRetentionDays: 30,
    operatorEmail: "operators@example.com",
    budgetUsd: 300,
  },
];
