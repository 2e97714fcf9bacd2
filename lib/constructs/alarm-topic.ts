import { ArnFormat, Aws, Duration, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";

/** As long as SQS keeps a message. Source: SQS quotas, read 2026-11-20. */
const UNDELIVERED_KEPT = Duration.days(14);

/**
 * Where the alarms of one stack go: by mail to the operator, who has to confirm it once for each region. What could not
 * be delivered waits in a queue.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { operatorEmail }: { readonly operatorEmail: string }) {
    super(scope, id);
    const undelivered = new Queue(this, "Undelivered", {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: UNDELIVERED_KEPT,
    });
    const lastStop = "It is where messages end that could not be delivered; there is nowhere further to send them.";
    acknowledge(undelivered, { "AwsSolutions-SQS3": lastStop, "Serverless-SQSRedrivePolicy": lastStop });
    this.topic = new Topic(this, "Topic", { enforceSSL: true });
    this.#letAlarmsPublish();
    this.topic.addSubscription(
      new EmailSubscription(operatorEmail, { deadLetterQueue: asInterface<IQueue>(undelivered) }),
    );
  }
  /** A topic with a policy of its own has lost the one by which its whole account could publish. */
  #letAlarmsPublish(): void {
    const alarms = Stack.of(this).formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: "*",
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID }, ArnLike: { "aws:SourceArn": alarms } },
      }),
    );
  }
}
