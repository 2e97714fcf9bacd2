import { Aws, Duration, RemovalPolicy } from "aws-cdk-lib";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { type BlobKind, blobKindPrefix } from "../../layers/core/store/keys.ts";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";

/** What was put aside by an upload that nobody finished. */
const UNFINISHED_UPLOAD_KEPT = Duration.days(1);
/** Long enough to notice that something was deleted or overwritten by mistake. */
const OLD_VERSION_KEPT = Duration.days(7);
/** A parked call waits an hour for its answer; S3 counts in days. */
const CALL_KEPT = Duration.days(1);
/** A task reads its order when it starts, by a link that is good for half an hour. */
const RUN_ORDER_KEPT = Duration.days(1);
/** `JOB_INPUT_BLOB_DAYS` and `JOB_RESULT_BLOB_DAYS` of the jobs' limits: longer than any job or its result is kept. */
const JOB_INPUT_KEPT = Duration.days(30);
const JOB_RESULT_KEPT = Duration.days(8);

const BUCKET_DEFAULTS = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

export interface RegionBucketsProps {
  readonly blobBucketName: string;
  readonly logBucketName: string;
  /** The customer's key for blobs; left out, S3's own. */
  readonly key: IKey | undefined;
  readonly logRetentionDays: number;
}

/** What one region keeps in S3: blobs, and who asked for them. */
export class RegionBuckets extends Construct {
  readonly blobs: Bucket;
  readonly logs: Bucket;

  constructor(scope: Construct, id: string, props: RegionBucketsProps) {
    super(scope, id);
    this.logs = this.#makeLogBucket(props);
    this.blobs = this.#makeBlobBucket(props);
  }

  #makeLogBucket({ logBucketName, logRetentionDays }: RegionBucketsProps): Bucket {
    const expiration = Duration.days(logRetentionDays);
    const logs = new Bucket(this, "Logs", {
      ...BUCKET_DEFAULTS,
      bucketName: logBucketName,
      // Load balancers can't write under a customer's key.
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ id: "expire", expiration, noncurrentVersionExpiration: OLD_VERSION_KEPT }],
    });
    // Source: ELB user guide, "Enable access logs for your Application Load Balancer", read 2026-11-20.
    const balancers = new ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com");
    logs.grantPut(balancers, `alb/AWSLogs/${Aws.ACCOUNT_ID}/*`);
    acknowledge(logs, { "AwsSolutions-S1": "It holds the access logs; a log of reading the log would feed itself." });
    return logs;
  }

  #makeBlobBucket({ blobBucketName, key }: RegionBucketsProps): Bucket {
    const encryption =
      key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true };
    return new Bucket(this, "Blobs", {
      ...BUCKET_DEFAULTS,
      ...encryption,
      bucketName: blobBucketName,
      serverAccessLogsBucket: asInterface<IBucket>(this.logs),
      serverAccessLogsPrefix: "blobs/",
      lifecycleRules: blobRules(),
    });
  }
}

function blobRules(): LifecycleRule[] {
  return [
    { id: "unfinished-uploads", abortIncompleteMultipartUploadAfter: UNFINISHED_UPLOAD_KEPT },
    { id: "old-versions", noncurrentVersionExpiration: OLD_VERSION_KEPT, expiredObjectDeleteMarker: true },
    overAfter(CALL_KEPT, { id: "parked-calls", kind: "mcp-call" }),
    overAfter(JOB_INPUT_KEPT, { id: "job-inputs", kind: "job-input" }),
    overAfter(RUN_ORDER_KEPT, { id: "run-orders", kind: "run-order" }),
    overAfter(JOB_RESULT_KEPT, { id: "job-results", kind: "job-result" }),
  ];
}

/** Of what ends by itself no old version is kept: nobody deletes it by mistake. */
function overAfter(
  expiration: Duration,
  { id, kind }: { readonly id: string; readonly kind: BlobKind },
): LifecycleRule {
  return { id, prefix: blobKindPrefix(kind), expiration, noncurrentVersionExpiration: Duration.days(1) };
}
