import { join } from "node:path";
import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Scope } from "../../layers/core/tenant/scope.ts";
import { AlarmTopic } from "../constructs/alarm-topic.ts";
import { CellFunction } from "../constructs/cell-function.ts";
import { SignInPool } from "../constructs/sign-in-pool.ts";
import { SIGN_IN_FUNCTION } from "../functions.ts";
import { IDENTITY_OUTPUTS, namesOf, SCOPE_PREFIX } from "../names.ts";
import type { CognitoIdentity } from "../plan/stage-plan.ts";
import type { RegionStackProps } from "./region-state-stack.ts";

export interface IdentityStackProps extends RegionStackProps {
  readonly identity: CognitoIdentity;
  /** Where `scripts/build.ts` left the bundles. */
  readonly buildFolder: string;
}

const SCOPES: Readonly<Record<Scope, string>> = {
  "mcp:read": "Connect, list what there is, and call tools that only read",
  "mcp:call": "Call any tool",
  "sessions:read": "Read user sessions",
  "sessions:write": "Change user sessions",
  "jobs:read": "See jobs, their schedules and their results",
  "jobs:write": "Submit, cancel and redrive jobs, and change their schedules",
  "people:read": "Read messages and questions",
  "people:write": "Send messages, ask people, and answer",
  "tenant:read": "See the tenant, its usage and its invoices",
  "tenant:admin": "Change the tenant, its members and its keys",
  "fleet:admin": "Make, suspend and delete tenants",
};

/** Where the people of all tenants sign in, in the stage's first region; kept when the cells are torn down. */
export class IdentityStack extends Stack {
  constructor(scope: Construct, id: string, { stage, region: _, identity, buildFolder, ...props }: IdentityStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const names = namesOf(stage);
    const { name, shape, tenantsNotice } = SIGN_IN_FUNCTION;
    const { topic } = new AlarmTopic(this, "Alarms", stage);
    const { alias: claims } = new CellFunction(this, `Function-${name}`, {
      functionName: names.lambda(name),
      codeFolder: join(buildFolder, "functions", name),
      memoryMb: shape.memoryMb,
      timeout: Duration.millis(shape.timeoutMs),
      environment: {},
      calledBy: "sign-in",
      layers: [],
      statements: [],
      warm: { min: 0, max: 0 },
      logRetentionDays: stage.logRetentionDays,
      tenantsNotice,
      topic,
    });
    const pool = new SignInPool(this, "SignIn", {
      name: names.userPool,
      hostPrefix: names.signInHost(this.account),
      scopePrefix: SCOPE_PREFIX,
      scopes: SCOPES,
      callbackUrls: identity.callbackUrls,
      secondFactor: identity.secondFactor,
      selfServiceSignUp: stage.selfServiceSignUp,
      claims,
    });
    new CfnOutput(this, IDENTITY_OUTPUTS.issuer, { value: pool.issuer, description: "Whose tokens the cells take" });
    new CfnOutput(this, IDENTITY_OUTPUTS.clientId, {
      value: pool.clientId,
      description: "What OAuth clients are known by",
    });
    new CfnOutput(this, IDENTITY_OUTPUTS.signInUrl, { value: pool.signInUrl, description: "Where people sign in" });
  }
}
