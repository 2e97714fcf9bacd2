import { PolicyStatement } from "aws-cdk-lib/aws-iam";

/** A statement of a role's policy. Left out, there are no conditions. */
export function allow(
  actions: readonly string[],
  resources: readonly string[],
  conditions: Readonly<Record<string, Record<string, string>>> = {},
): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...resources], conditions: { ...conditions } });
}
