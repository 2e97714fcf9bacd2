import { describe, expect, test } from "vitest";
import { planProblems } from "../../lib/plan/check-plan.ts";
import { PlanRefused } from "../../lib/plan/plan-problem.ts";
import { PLAN } from "../../lib/plan.ts";
import { EVERY_SHAPE, oneRegion, threeRegions, twoRegions } from "./stages.ts";

const reasonsOf = (...stages: readonly unknown[]): readonly string[] =>
  planProblems(stages).map(({ reason }) => reason);
const withJobs = (atOnceMax: number) => ({
  ...oneRegion,
  jobs: { ...oneRegion.jobs, normal: { kind: "on-demand", atOnceMax } },
});
const domain = { name: "mcp.example.com", zoneName: "example.com", zoneId: "Z0123456789ABC" };

describe("a plan that can be deployed", () => {
  test("is the one in the repository", () => {
    expect(planProblems(PLAN)).toEqual([]);
  });

  test.each(EVERY_SHAPE)("is $name, which other tests lay out", (stage) => {
    expect(planProblems([stage])).toEqual([]);
  });

  // The quota is 1,000, of which 100 stay free. Ten jobs and two, twenty batches of usage and a hundred of messages.
  test("takes as many warm environments as the quota and what works off queues leave", () => {
    expect(reasonsOf({ ...oneRegion, warm: { ...oneRegion.warm, mcp: { min: 1, max: 768 } } })).toEqual([]);
  });

  test("takes as many jobs at once as the quota and all other workers leave", () => {
    expect(reasonsOf(withJobs(778))).toEqual([]);
  });
});

describe("the control table", () => {
  test.each([
    ["in one region is not strong", { ...oneRegion, control: { consistency: "strong" } }, "strong_in_one_region"],
    [
      "for cells in several regions is not of a single one",
      { ...threeRegions, control: { consistency: "single-region" } },
      "single_region_of_several",
    ],
    ["of two regions needs a witness", { ...twoRegions, control: { consistency: "strong" } }, "strong_needs_three"],
    [
      "of three regions has no room for a witness",
      { ...threeRegions, control: { consistency: "strong", witness: "eu-west-3" } },
      "strong_needs_three",
    ],
    [
      "of four regions can't be made",
      { ...threeRegions, regions: ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"] },
      "strong_needs_three",
    ],
    [
      "of regions of two sets can't be made",
      { ...threeRegions, regions: ["eu-west-1", "eu-west-2", "us-east-1"] },
      "strong_set_impossible",
    ],
    [
      "of regions that are in no set can't be made",
      { ...threeRegions, regions: ["eu-west-1", "eu-west-2", "eu-north-1"] },
      "strong_set_impossible",
    ],
    [
      "has its witness where no cell is",
      { ...twoRegions, control: { consistency: "strong", witness: "us-west-2" } },
      "witness_is_a_cell",
    ],
  ])("%s", (_, stage, reason) => {
    expect(reasonsOf(stage)).toEqual([reason]);
  });
});

describe("what does not go together", () => {
  test.each([
    ["a region twice", { ...twoRegions, regions: ["us-east-1", "us-east-1"] }, "region_repeated"],
    ["a load balancer without a domain", { ...oneRegion, frontDoor: "alb" }, "alb_without_domain"],
    [
      "a load balancer that holds streams",
      { ...oneRegion, frontDoor: "alb", domain, settings: { ...oneRegion.settings, holdMs: 1 } },
      "alb_holds",
    ],
    ["a name of another zone", { ...oneRegion, domain: { ...domain, name: "mcp.example.org" } }, "domain_outside_zone"],
    [
      "a name that only ends like its zone",
      { ...oneRegion, domain: { ...domain, name: "badexample.com" } },
      "domain_outside_zone",
    ],
    [
      "more warm at least than at most",
      { ...oneRegion, warm: { ...oneRegion.warm, mcp: { min: 3, max: 2 } } },
      "warm_reversed",
    ],
    [
      "warm at most and none at least",
      { ...oneRegion, warm: { ...oneRegion.warm, mcp: { min: 0, max: 2 } } },
      "warm_without_minimum",
    ],
    [
      "more warm than the quota leaves",
      { ...oneRegion, warm: { ...oneRegion.warm, mcp: { min: 1, max: 901 } } },
      "warm_over_quota",
    ],
    [
      "fewer pollers at most than at least",
      { ...oneRegion, jobs: { ...oneRegion.jobs, high: { kind: "provisioned", min: 4, max: 3 } } },
      "pollers_reversed",
    ],
    ["more jobs at once than the quota and all other workers leave", withJobs(779), "jobs_over_quota"],
    [
      "more pollers, of ten jobs each, than the quota leaves",
      { ...oneRegion, jobs: { ...oneRegion.jobs, normal: { kind: "provisioned", min: 2, max: 78 } } },
      "jobs_over_quota",
    ],
    [
      "jobs that fit and warm environments that fit, but not both",
      { ...withJobs(700), warm: { ...oneRegion.warm, mcp: { min: 1, max: 79 } } },
      "jobs_over_quota",
    ],
    ["a quota that messages and usage use up", { ...oneRegion, concurrencyQuota: 231 }, "jobs_over_quota"],
    ["sign-up where nobody signs in", { ...oneRegion, selfServiceSignUp: true }, "sign_up_without_identity"],
    [
      "a name that Cognito keeps for itself",
      { ...oneRegion, name: "awsome", identity: threeRegions.identity },
      "sign_in_host_reserved",
    ],
    [
      "an interval that a function refuses",
      { ...oneRegion, settings: { ...oneRegion.settings, pollIntervalMs: 1 } },
      "setting_refused",
    ],
    [
      "streams that listen for longer than a function may run",
      { ...oneRegion, settings: { ...oneRegion.settings, listenMs: 900_001 } },
      "setting_refused",
    ],
  ])("%s is refused", (_, stage, reason) => {
    expect(reasonsOf(stage)).toEqual([reason]);
  });

  test("a tenant is refused by each function that would refuse it at its start", () => {
    const problems = planProblems([{ ...oneRegion, settings: { ...oneRegion.settings, tenant: "Acme!" } }]);

    expect(problems.map(({ reason, at }) => [reason, at])).toEqual([
      ["setting_refused", "small.settings"],
      ["setting_refused", "small.settings"],
      ["setting_refused", "small.settings"],
      ["setting_refused", "small.settings"],
      ["setting_refused", "small.settings"],
      ["setting_refused", "small.settings"],
    ]);
    expect(problems.map(({ message }) => message.split(":")[0])).toEqual([
      "mcp refuses TENANT",
      "sessions refuses TENANT",
      "jobs refuses TENANT",
      "people refuses TENANT",
      "tenants refuses TENANT",
      "sockets refuses TENANT",
    ]);
  });

  test("two stages of one name are refused", () => {
    expect(reasonsOf(oneRegion, oneRegion)).toEqual(["stage_name_clash"]);
  });

  test("two stages of one domain are refused", () => {
    expect(reasonsOf({ ...oneRegion, domain }, { ...oneRegion, name: "other", domain })).toEqual(["domain_clash"]);
  });

  test("a plan without a stage is refused", () => {
    expect(reasonsOf()).toEqual(["plan_empty"]);
  });
});

describe("a field", () => {
  test.each([
    ["of an unknown region", { ...oneRegion, regions: ["eu-west-9"] }, "small.regions.0"],
    ["of no region", { ...oneRegion, regions: [] }, "small.regions.0"],
    ["of a name that AWS would refuse", { ...oneRegion, name: "Small_1" }, "Small_1.name"],
    ["of an account with too few digits", { ...oneRegion, account: "12345" }, "small.account"],
    ["of a retention that CloudWatch does not have", { ...oneRegion, logRetentionDays: 31 }, "small.logRetentionDays"],
    ["of a negative budget", { ...oneRegion, budgetUsd: -1 }, "small.budgetUsd"],
    ["of a budget that is no number", { ...oneRegion, budgetUsd: Number.NaN }, "small.budgetUsd"],
    [
      "of a way back over plain HTTP",
      {
        ...oneRegion,
        identity: { kind: "cognito", secondFactor: "optional", callbackUrls: ["http://example.com/callback"] },
      },
      "small.identity.callbackUrls.0",
    ],
    ["that nobody knows", { ...oneRegion, cash: "none" }, "small"],
  ])("%s is refused by its name", (_, stage, at) => {
    const problems = planProblems([stage]);

    expect(problems.map((problem) => [problem.reason, problem.at])).toEqual([["field_malformed", at]]);
  });
});

describe("a wrong value", () => {
  const cognito = { kind: "cognito", callbackUrls: ["http://localhost:1/callback"], secondFactor: "optional" };
  test.each([
    ["account", 123456789012, 'account: expected "current", or 12 digits between quotes; received 123456789012'],
    ["account", "12345", 'account: 12 digits, or current; received "12345"'],
    ["regions", "eu-west-1", 'regions: expected a list of at least one region; received "eu-west-1"'],
    ["control", "strong", 'control: expected an object of consistency "strong" or "single-region"; received "strong"'],
    [
      "control",
      { consistency: "eventual" },
      'control.consistency: Invalid option: expected one of "strong"|"single-region"; received "eventual"',
    ],
    ["frontDoor", "nlb", 'frontDoor: Invalid option: expected one of "rest"|"alb"; received "nlb"'],
    ["domain", "mcp.example.com", 'domain: expected "none", or { name, zoneName, zoneId }; received "mcp.example.com"'],
    ["domain", undefined, 'domain: expected "none", or { name, zoneName, zoneId }; received nothing'],
    ["domain", { ...domain, zoneId: undefined }, "domain.zoneId: Invalid input: expected string, received undefined"],
    [
      "domain",
      { ...domain, zoneId: "zone" },
      'domain.zoneId: the id of a hosted zone, as Z0123456789ABC; received "zone"',
    ],
    ["domain", { ...domain, zone: "x" }, 'domain: Unrecognized key: "zone"'],
    [
      "identity",
      "cognito",
      'identity: expected "keys-alone", or an object of kind "cognito" or "issuer"; received "cognito"',
    ],
    [
      "identity",
      { ...cognito, kind: "saml" },
      'identity.kind: Invalid option: expected one of "cognito"|"issuer"; received "saml"',
    ],
    [
      "identity",
      { ...cognito, secondFactor: false },
      'identity.secondFactor: Invalid option: expected one of "optional"|"required"; received false',
    ],
    [
      "jobs",
      { ...oneRegion.jobs, normal: 100 },
      'jobs.normal: expected an object of kind "on-demand" or "provisioned"; received 100',
    ],
    ["cache", "valkey", 'cache: expected "none", or { storageGbMax, ecpuPerSecondMax }; received "valkey"'],
    [
      "cache",
      { storageGbMax: 0, ecpuPerSecondMax: 1_000 },
      "cache.storageGbMax: Too small: expected number to be >=1; received 0",
    ],
    ["projects", "on", 'projects: expected "off", or { image, capacity }; received "on"'],
    ["concurrencyQuota", Number.NaN, "concurrencyQuota: Invalid input: expected number, received NaN"],
    ["operatorEmail", "nobody", 'operatorEmail: Invalid email address; received "nobody"'],
    [
      "name",
      "n".repeat(100),
      `name: 2 to 12 lower-case letters and digits, a letter first; received "${"n".repeat(59)}…`,
    ],
  ])("of %s, %j, is told with what may stand there", (field, value, told) => {
    const problems = planProblems([{ ...oneRegion, [field]: value }]);

    const stage = field === "name" ? value : oneRegion.name;
    expect(problems.map(({ at, message }) => `${at}: ${message}`)).toEqual([`${stage}.${told}`]);
  });
});

describe("a refusal", () => {
  test("tells all problems at once", () => {
    const stage = { ...threeRegions, regions: ["eu-west-1", "us-east-1", "us-east-1"], frontDoor: "alb" };

    expect(reasonsOf(stage, { ...oneRegion, budgetUsd: 0 })).toEqual([
      "field_malformed",
      "region_repeated",
      "strong_set_impossible",
      "alb_without_domain",
    ]);
  });

  test("says what of a quota each queue takes, and what is warm", () => {
    const [problem] = planProblems([{ ...withJobs(900), warm: { ...oneRegion.warm, mcp: { min: 1, max: 5 } } }]);

    expect(problem).toEqual({
      reason: "jobs_over_quota",
      at: "small.jobs",
      message:
        "1027 at once in all (usage 20, jobs 900, jobs-high 2, messages 100, warm 5), " +
        "of a quota of 1000 of which 100 stay free for calls; at most 900",
    });
  });

  test("reads as a list of what is wrong and what is allowed", () => {
    const refused = new PlanRefused(planProblems([{ ...oneRegion, control: { consistency: "strong" } }]));

    expect(refused.message).toBe(
      "the plan can't be deployed:\n  small.control: strong, in ap-southeast-2 alone; one region takes single-region",
    );
  });
});
