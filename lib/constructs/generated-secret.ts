import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Alias, type IKey, Key } from "aws-cdk-lib/aws-kms";
import { type ReplicaRegion, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { Region } from "../plan/regions.ts";
import { acknowledge } from "./acknowledge.ts";

export interface GeneratedSecretProps {
  readonly secretName: string;
  readonly description: string;
  readonly replicas: readonly Region[];
  /** Of the customer's key in each region; left out, the account's key for Secrets Manager. */
  readonly keyAlias: string | undefined;
}

/** As many letters and digits as make 256 bits and more: 62 ^ 64 is over 2 ^ 381. */
const SECRET_CHARACTERS = 64;

/** A password that Secrets Manager makes itself and copies to every region; no template and no person ever holds it. */
export class GeneratedSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, { secretName, description, replicas, keyAlias }: GeneratedSecretProps) {
    super(scope, id);
    const encryptionKey = keyAlias === undefined ? {} : { encryptionKey: Alias.fromAliasName(this, "Key", keyAlias) };
    this.secret = new Secret(this, "Secret", {
      secretName,
      description,
      generateSecretString: { passwordLength: SECRET_CHARACTERS, excludePunctuation: true },
      ...encryptionKey,
      replicaRegions: replicas.map((region) => this.#replica(region, keyAlias)),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(this.secret, {
      "AwsSolutions-SMG4":
        "Changed by the operator with `put-secret-value`: clients hold the access key, so a schedule would lock them out; the functions honour the previous value while it is staged.",
    });
  }

  #replica(region: Region, keyAlias: string | undefined): ReplicaRegion {
    if (keyAlias === undefined) return { region };
    const keyArn = Stack.of(this).formatArn({ service: "kms", region, resource: keyAlias });
    return { region, encryptionKey: this.#keyNamed(region, keyArn) };
  }

  #keyNamed(region: Region, keyArn: string): IKey {
    return Key.fromKeyArn(this, `Key-${region}`, keyArn);
  }
}
