import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption, RedrivePermission } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

export interface WorkQueueProps {
  readonly queueName: string;
  readonly deadLetterName: string;
  /** How long a message that was received and not deleted is hidden from others. */
  readonly visibilitySeconds: number;
  /** A message that was received so often and is not done becomes a dead letter. */
  readonly receivesMax: number;
  /** The customer's key; left out, SQS's own. */
  readonly key: IKey | undefined;
}

/** The longest that SQS keeps a message: for someone to look at, and to send back. */
const KEPT = Duration.days(14);

/** A queue and its dead letters, over TLS alone. Kept when the cell is torn down: what lies in it is not done yet. */
export class WorkQueue extends Construct {
  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { queueName, deadLetterName, visibilitySeconds, receivesMax, key } = props;
    const encryption =
      key === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: key };
    const shared = { retentionPeriod: KEPT, enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN, ...encryption };
    // By its name: the two queues can't both be made after the other.
    const source = Queue.fromQueueArn(
      this,
      "Source",
      Stack.of(this).formatArn({ service: "sqs", resource: queueName }),
    );
    const deadLetters = new Queue(this, "DeadLetters", {
      ...shared,
      queueName: deadLetterName,
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [source] },
    });
    acknowledge(deadLetters, {
      "Serverless-SQSRedrivePolicy":
        "It holds the dead letters itself; whoever has found their reason sends them back.",
    });
    new Queue(this, "Queue", {
      ...shared,
      queueName,
      visibilityTimeout: Duration.seconds(visibilitySeconds),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: receivesMax },
    });
  }
}
