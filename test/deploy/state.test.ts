import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { JOB_INPUT_BLOB_DAYS, JOB_RESULT_BLOB_DAYS } from "../../layers/core/job/limits.ts";
import { laidOut } from "./laid-out.ts";
import { oneRegion, threeRegions, twoRegions } from "./stages.ts";

const one = laidOut(oneRegion);
const two = laidOut(twoRegions);
const three = laidOut(threeRegions);

const tables = (laid: typeof one) => laid.template(laid.deployment.fleetState);
const replicas = (...regions: readonly string[]) =>
  regions.map((Region) =>
    Match.objectLike({
      Region,
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );

describe("logical ids of what keeps state: a changed one is a new, empty resource", () => {
  test("of the fleet", () => {
    expect(tables(three).ids()).toEqual([
      "ControlTable70B6FEE0",
      "StateTable962DE04C",
      "AccessSecretD1770891",
      "ApiKeySecret5E0E1F3C",
      "SealSecretE686D305",
    ]);
  });

  test("of a region", () => {
    const [state] = three.deployment.regionStates;
    const ids = state === undefined ? [] : three.template(state).ids();

    expect(ids.filter((id) => /^(?:Buckets|Queue)[A-Za-z]+.{8}$|^Key/.test(id) && !id.includes("Policy"))).toEqual([
      "Key9BCD29C7",
      "KeyAlias711EE8F4",
      "BucketsLogsF3E46FAF",
      "BucketsBlobsF94FAD01",
      "QueueusageDeadLetters648A0533",
      "QueueusageQueue77548BB5",
      "QueuejobsDeadLetters1C80D56B",
      "QueuejobsQueue7E5F716C",
      "QueuejobshighDeadLetters87D7A7C4",
      "QueuejobshighQueue2389CADF",
      "QueuemessagesDeadLetters7FA8C882",
      "QueuemessagesQueue122B4A25",
    ]);
  });
});

describe("the control table", () => {
  test("of three cells is strong in all of their regions", () => {
    tables(three).has("AWS::DynamoDB::GlobalTable", {
      TableName: "skein-trio-control",
      MultiRegionConsistency: "STRONG",
      GlobalTableWitnesses: Match.absent(),
      Replicas: Match.arrayWith(replicas("eu-west-2", "eu-central-1", "eu-west-1")),
    });
  });

  test("of two cells is strong with a witness", () => {
    tables(two).has("AWS::DynamoDB::GlobalTable", {
      TableName: "skein-pair-control",
      MultiRegionConsistency: "STRONG",
      GlobalTableWitnesses: [{ Region: "us-east-2" }],
      Replicas: Match.arrayWith(replicas("us-west-2", "us-east-1")),
    });
  });

  test("of one cell is a table of its region", () => {
    tables(one).has("AWS::DynamoDB::GlobalTable", {
      TableName: "skein-small-control",
      MultiRegionConsistency: Match.absent(),
      Replicas: replicas("ap-southeast-2"),
    });
  });

  test.each([
    ["one", one],
    ["two", two],
    ["three", three],
  ] as const)("never lets items expire, in %s", (_, laid) => {
    tables(laid).has("AWS::DynamoDB::GlobalTable", {
      TableName: Match.stringLikeRegexp("-control$"),
      TimeToLiveSpecification: Match.absent(),
    });
  });
});

describe("the state table", () => {
  test("is eventual, in every region, and lets items expire by the second that they carry", () => {
    tables(three).has("AWS::DynamoDB::GlobalTable", {
      TableName: "skein-trio-state",
      MultiRegionConsistency: Match.absent(),
      TimeToLiveSpecification: { AttributeName: "expiresAtEpochSeconds", Enabled: true },
      Replicas: Match.arrayWith(replicas("eu-west-2", "eu-central-1", "eu-west-1")),
    });
  });

  test("is paid by use and has the keys of the Table port", () => {
    tables(one).allHave("AWS::DynamoDB::GlobalTable", {
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      LocalSecondaryIndexes: Match.absent(),
    });
  });
});

describe("what is kept", () => {
  test.each(["AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"])("stays when its stack goes: %s", (type) => {
    tables(three).allAre(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });

  test.each(three.deployment.regionStates)("stays when its stack goes, in $region", (state) => {
    const template = three.template(state);

    for (const type of ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::KMS::Key"]) {
      template.allAre(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
    expect(template.find("AWS::S3::Bucket")).not.toEqual({});
  });

  test("is under the key of its own region, where the account wants its own", () => {
    const key = (region: string) => `arn:aws:kms:${region}:123456789012:alias/skein-trio`;

    tables(three).allHave("AWS::DynamoDB::GlobalTable", {
      Replicas: ["eu-west-2", "eu-central-1", "eu-west-1"].map((Region) =>
        Match.objectLike({ Region, SSESpecification: { KMSMasterKeyId: key(Region) } }),
      ),
    });
    tables(three).allHave("AWS::SecretsManager::Secret", {
      KmsKeyId: key("eu-west-1"),
      ReplicaRegions: ["eu-west-2", "eu-central-1"].map((Region) => ({ Region, KmsKeyId: key(Region) })),
    });
  });

  test("is under a key that serves its own account, through the services that store", () => {
    for (const state of three.deployment.regionStates) {
      three.template(state).has("AWS::KMS::Key", {
        EnableKeyRotation: true,
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Principal: { AWS: "*" },
              Condition: {
                StringEquals: {
                  "kms:CallerAccount": { Ref: "AWS::AccountId" },
                  "kms:ViaService": ["dynamodb", "s3", "secretsmanager", "sqs"].map(
                    (service) => `${service}.${state.region}.amazonaws.com`,
                  ),
                },
              },
            }),
          ]),
        },
      });
    }
  });
});

describe("the secrets", () => {
  test("are made by Secrets Manager itself and copied to every region", () => {
    for (const name of ["access", "api-key", "seal"]) {
      tables(two).has("AWS::SecretsManager::Secret", {
        Name: `skein/pair/${name}`,
        GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
        SecretString: Match.absent(),
        ReplicaRegions: [{ Region: "us-west-2" }],
      });
    }
  });
});

describe.each(two.deployment.regionStates)("the buckets of $region", (state) => {
  const template = two.template(state);

  test("are encrypted, versioned, and closed to the public and to plain HTTP", () => {
    template.allHave("AWS::S3::Bucket", {
      VersioningConfiguration: { Status: "Enabled" },
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template.allHave("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  test("drop what parked calls and jobs left, unfinished uploads and old versions", () => {
    template.has("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 7 } }),
          Match.objectLike({ Prefix: "mcp-call/", ExpirationInDays: 1 }),
          Match.objectLike({ Prefix: "job-input/", ExpirationInDays: JOB_INPUT_BLOB_DAYS }),
          Match.objectLike({ Prefix: "job-result/", ExpirationInDays: JOB_RESULT_BLOB_DAYS }),
        ]),
      },
    });
  });

  test("take the account's logs of load balancers", () => {
    template.has("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
          }),
        ]),
      },
    });
  });
});
