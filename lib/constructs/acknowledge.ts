import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Accepts findings of cdk-nag on one construct, each with the reason why it does not hold here. A finding is named in
 * full (`AwsSolutions-IAM5[Resource::*]`), so that the next one of the same rule is not accepted with it.
 */
export function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const findings = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  if (findings.length > 0) Validations.of(scope).acknowledge(...findings);
}
