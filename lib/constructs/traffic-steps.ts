import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { CellFunction } from "./cell-function.ts";

const DEPLOYER_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited";

/**
 * Moves the calls of a cell's functions to their new versions: a tenth for five minutes, then all. If an alarm rings
 * meanwhile, all go back to the old version and the deployment fails.
 */
export class TrafficSteps extends Construct {
  readonly #application: LambdaApplication;
  readonly #deployer: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#application = new LambdaApplication(this, "Application");
    this.#deployer = new Role(this, "Deployer", {
      assumedBy: new ServicePrincipal("codedeploy.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(DEPLOYER_POLICY)],
    });
    acknowledge(this.#deployer, {
      [`AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${DEPLOYER_POLICY}]`]:
        "AWS's own policy for shifting Lambda traffic; it is kept current with what CodeDeploy needs.",
    });
  }

  move(cellFunction: CellFunction, doorFailing: Alarm): void {
    new LambdaDeploymentGroup(cellFunction, "Steps", {
      application: this.#application,
      role: this.#deployer,
      alias: cellFunction.alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [cellFunction.failing, doorFailing],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
  }
}
