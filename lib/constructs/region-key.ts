import { Aws, RemovalPolicy } from "aws-cdk-lib";
import { AnyPrincipal, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

export interface RegionKeyProps {
  /** The same in each region, so that the tables find their replicas' keys by name. */
  readonly alias: string;
  readonly region: string;
}

/**
 * The account's own key for what one region stores. Whoever of the account may read a table, a bucket, a secret or a
 * queue may use the key for it, through that service and not otherwise: as AWS has it for the keys that it manages itself.
 */
export class RegionKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { alias, region }: RegionKeyProps) {
    super(scope, id);
    this.key = new Key(this, "Key", {
      alias,
      description: "What Skein stores in this region",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const services = ["dynamodb", "s3", "secretsmanager", "sqs"].map((service) => `${service}.${region}.amazonaws.com`);
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:CreateGrant",
          "kms:DescribeKey",
        ],
        resources: ["*"],
        conditions: { StringEquals: { "kms:CallerAccount": Aws.ACCOUNT_ID, "kms:ViaService": services } },
      }),
    );
  }
}
