import { Duration } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias, IAlias } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { scheduleInput } from "../../layers/core/deployment/invocation-inputs.ts";
import type { WorkSchedule } from "../../layers/core/deployment/worker-shape.ts";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";
import { queueMetric } from "./queue-alarms.ts";
import { TenantAlarm } from "./tenant-alarm.ts";

export interface WorkSchedulesProps {
  readonly functionName: string;
  readonly worker: Alias;
  /** At least one. */
  readonly schedules: readonly WorkSchedule[];
  readonly tenantsNotice: string;
  readonly topic: ITopic;
}

/** Of Scheduler while Lambda does not take the call, and of Lambda while the function fails: what is left, the next run does. */
const ATTEMPTS_MORE = 2;
/** As long as SQS keeps a message. Source: SQS quotas, read 2026-11-20. */
const MISSED_KEPT = Duration.days(14);
/** So many of the shortest intervals in which nothing ran are no delay any more. */
const SILENT_INTERVALS = 10;

/** What a function does from time to time, whoever calls. Runs that came to nothing lie in a queue, with the reason. */
export class WorkSchedules extends Construct {
  constructor(scope: Construct, id: string, props: WorkSchedulesProps) {
    super(scope, id);
    const missed = this.#makeMissed(props.functionName);
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("scheduler.amazonaws.com") });
    for (const planned of props.schedules) this.#schedule(planned, { ...props, role, missed });
    props.worker.configureAsyncInvoke({ onFailure: new SqsDestination(missed), retryAttempts: ATTEMPTS_MORE });
    this.#watch(props);
  }

  #makeMissed(functionName: string): IQueue {
    const missed = new Queue(this, "Missed", {
      queueName: missedName(functionName),
      retentionPeriod: MISSED_KEPT,
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
    });
    const lastStop = "It tells of runs that came to nothing; the next run does their work, so nothing is sent further.";
    acknowledge(missed, { "AwsSolutions-SQS3": lastStop, "Serverless-SQSRedrivePolicy": lastStop });
    return asInterface<IQueue>(missed);
  }

  #schedule(
    { work, everyMinutes }: WorkSchedule,
    { functionName, worker, role, missed }: WorkSchedulesProps & { readonly role: Role; readonly missed: IQueue },
  ): void {
    const interval = Duration.minutes(everyMinutes);
    new Schedule(this, work, {
      scheduleName: `${functionName}-${work}`,
      description: `${work}, every ${everyMinutes} minutes`,
      schedule: ScheduleExpression.rate(interval),
      target: new LambdaInvoke(asInterface<IAlias>(worker), {
        role,
        input: ScheduleTargetInput.fromObject(scheduleInput(work)),
        retryAttempts: ATTEMPTS_MORE,
        maxEventAge: interval,
        deadLetterQueue: missed,
      }),
    });
  }

  #watch({ functionName, worker, schedules, tenantsNotice, topic }: WorkSchedulesProps): void {
    const shortestMinutes = Math.min(...schedules.map(({ everyMinutes }) => everyMinutes));
    const once = { tenantsNotice, topic, threshold: 1, periodsCount: 1, breachingCount: 1 };
    new TenantAlarm(this, "RunsMissed", {
      ...once,
      name: missedName(functionName),
      lookAt: `the messages in the queue ${missedName(functionName)}: the work and why it came to nothing.`,
      metric: queueMetric(missedName(functionName), "ApproximateNumberOfMessagesVisible"),
    });
    new TenantAlarm(this, "Silent", {
      ...once,
      name: `${functionName}-silent`,
      lookAt: `whether the schedules ${functionName}-… of EventBridge Scheduler are there, enabled, and may call it.`,
      metric: worker.metricInvocations({
        period: Duration.minutes(SILENT_INTERVALS * shortestMinutes),
        statistic: "Sum",
      }),
      direction: "below",
      missing: "alarming",
    });
  }
}

function missedName(functionName: string): string {
  return `${functionName}-missed`;
}
