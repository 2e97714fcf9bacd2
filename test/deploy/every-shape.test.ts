import { describe, expect, test } from "vitest";
import { layOut } from "../../lib/lay-out.ts";
import { PlanRefused } from "../../lib/plan/plan-problem.ts";
import { circle, dependencies } from "./dependencies.ts";
import { emptyBuild, laidOut, startedApp } from "./laid-out.ts";
import { EVERY_SHAPE, oneRegion, twoRegions } from "./stages.ts";

/** Source: CloudFormation quotas. */
const TEMPLATE_RESOURCES_MAX = 500;

describe.each(EVERY_SHAPE)("$name, in $regions behind $frontDoor", (stage) => {
  const { deployment, assembly, template } = laidOut(stage);
  const identity = deployment.identity === undefined ? [] : [deployment.identity];
  const stacks = [
    ...deployment.regionStates,
    deployment.fleetState,
    ...identity,
    ...deployment.projects,
    ...deployment.cells,
    deployment.fleet,
  ];

  test("breaks no rule and warns of nothing", () => {
    const told = assembly.stacksRecursively.flatMap(({ messages }) => messages);

    expect(told.filter(({ level }) => level !== "info")).toEqual([]);
  });

  test("is two stacks a region, and a third where projects run, two for the fleet, and one where people sign in, each named by the stage", () => {
    const names = stacks.map(({ stackName }) => stackName);

    expect(names).toEqual([
      ...stage.regions.map((region) => `skein-${stage.name}-state-${region}`),
      `skein-${stage.name}-fleet-state`,
      ...(stage.identity === "keys-alone" ? [] : [`skein-${stage.name}-identity`]),
      ...(stage.projects === "off" ? [] : stage.regions.map((region) => `skein-${stage.name}-projects-${region}`)),
      ...stage.regions.map((region) => `skein-${stage.name}-cell-${region}`),
      `skein-${stage.name}-fleet`,
    ]);
  });

  test("is deployed state first, then where projects run, then one cell after another, then the name that leads to them", () => {
    const waits = (index: number): readonly string[] =>
      stacks[index]?.dependencies.map(({ stackName }) => stackName) ?? [];
    const { length } = stage.regions;

    const before = stacks.map((_, index) => waits(index));

    expect(before.slice(0, length)).toEqual(stage.regions.map(() => []));
    expect(before[length]).toEqual(deployment.regionStates.map(({ stackName }) => stackName));
    expect(before.slice(length + 1)).toEqual(stacks.slice(length, -1).map(({ stackName }) => [stackName]));
  });

  test("lies in the plan's regions and account", () => {
    const accounts = new Set(assembly.stacksRecursively.map(({ environment }) => environment.account));
    const cells = deployment.cells.map(({ region }) => region);

    expect(cells).toEqual(stage.regions);
    expect([...accounts]).toEqual([stage.account === "current" ? "unknown-account" : stage.account]);
  });

  test("has no resources that wait for each other in a circle, and not too many", () => {
    for (const stack of stacks) {
      const waits = dependencies(template(stack).json());

      expect(circle(waits), stack.stackName).toBeUndefined();
      expect(waits.size).toBeLessThan(TEMPLATE_RESOURCES_MAX);
    }
  });

  test("joins its stacks by names alone: none imports from another", () => {
    for (const stack of stacks) expect(JSON.stringify(template(stack).json())).not.toContain("Fn::ImportValue");
  });

  test("keeps nothing in the stacks of its cells that would be missed", () => {
    for (const cell of deployment.cells) {
      for (const type of [
        "AWS::DynamoDB::GlobalTable",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
        "AWS::KMS::Key",
        "AWS::Cognito::UserPool",
      ]) {
        template(cell).count(type, 0);
      }
    }
    expect(deployment.cells.map(({ terminationProtection }) => terminationProtection)).not.toContain(true);
  });

  test("guards the stacks of its state from being deleted", () => {
    const guarded = [...deployment.regionStates, deployment.fleetState, ...identity].map(
      (stack) => stack.terminationProtection,
    );

    expect(new Set(guarded)).toEqual(new Set([true]));
  });
});

describe("a plan of several stages", () => {
  const plan = [oneRegion, twoRegions];

  test("is laid out one stage alone where the CLI asks for it", () => {
    const app = startedApp({ stage: "pair" });

    const laid = layOut(app, { plan, buildFolder: emptyBuild() });

    expect(laid.map(({ node }) => node.id)).toEqual(["pair"]);
  });

  test("refuses a stage that is not in it", () => {
    const app = startedApp({ stage: "par" });

    expect(() => layOut(app, { plan, buildFolder: emptyBuild() })).toThrow(
      new PlanRefused([
        { reason: "stage_unknown", at: "--context stage", message: "there is no stage par; there is small, pair" },
      ]),
    );
  });
});
