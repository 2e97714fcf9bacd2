import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  MultiRegionConsistency,
  type ReplicaTableProps,
  TableEncryptionV2,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import { Alias } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { Region } from "../plan/regions.ts";

export interface GlobalTableProps {
  readonly tableName: string;
  /** The stack's own region and those of the replicas. */
  readonly regions: readonly Region[];
  /** `eventual` and `single-region` tables may let items expire; DynamoDB has no expiry on strong ones. */
  readonly consistency:
    | { readonly kind: "strong"; readonly witness: Region | undefined }
    | { readonly kind: "eventual" | "single-region"; readonly expiryAttribute?: string };
  /** Of the customer's key in each region; left out, DynamoDB's own key. */
  readonly keyAlias: string | undefined;
}

/**
 * A table of `pk` and `sk`, paid by use, that can be restored to any second of the last 35 days and is not deleted with
 * its stack.
 */
export class GlobalTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: GlobalTableProps) {
    super(scope, id);
    const home = Stack.of(this).region;
    const replicas = props.regions.filter((region) => region !== home).map((region): ReplicaTableProps => ({ region }));
    this.table = new TableV2(this, "Table", {
      tableName: props.tableName,
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billing: Billing.onDemand(),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: this.#encryption(props),
      replicas,
      ...consistencyFields(props.consistency),
    });
  }

  #encryption({ keyAlias, regions }: GlobalTableProps): TableEncryptionV2 {
    if (keyAlias === undefined) return TableEncryptionV2.dynamoOwnedKey();
    const stack = Stack.of(this);
    const replicaKeys = regions
      .filter((region) => region !== stack.region)
      .map((region) => [region, stack.formatArn({ service: "kms", region, resource: keyAlias })]);
    const key = Alias.fromAliasName(this, "Key", keyAlias);
    return TableEncryptionV2.customerManagedKey(key, Object.fromEntries(replicaKeys));
  }
}

function consistencyFields(consistency: GlobalTableProps["consistency"]) {
  if (consistency.kind !== "strong") {
    const { expiryAttribute } = consistency;
    return expiryAttribute === undefined ? {} : { timeToLiveAttribute: expiryAttribute };
  }
  const { witness } = consistency;
  const multiRegionConsistency = MultiRegionConsistency.STRONG;
  return witness === undefined ? { multiRegionConsistency } : { multiRegionConsistency, witnessRegion: witness };
}
