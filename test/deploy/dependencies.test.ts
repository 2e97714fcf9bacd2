import { expect, test } from "vitest";
import { circle, dependencies } from "./dependencies.ts";

test("a circle through a reference, an attribute and an order is found", () => {
  const template = {
    Resources: {
      Start: { Properties: { Name: { Ref: "Alias" } } },
      Alias: { UpdatePolicy: { Group: { "Fn::GetAtt": ["Alarm", "Arn"] } } },
      Alarm: { DependsOn: ["Stage"] },
      Stage: { Properties: { Of: [{ Ref: "Alias" }, { Ref: "AWS::Region" }] } },
    },
  };

  expect(circle(dependencies(template))).toEqual(["Alias", "Alarm", "Stage", "Alias"]);
});

test("what is waited for twice is no circle", () => {
  const template = { Resources: { A: { DependsOn: ["B", "C"] }, B: { DependsOn: "C" }, C: {} } };

  expect(circle(dependencies(template))).toBeUndefined();
});
