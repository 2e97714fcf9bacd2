import { Duration } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IAlias } from "aws-cdk-lib/aws-lambda";
import { Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import { Construct } from "constructs";
import { scheduleInput } from "../../layers/core/deployment/invocation-inputs.ts";
import type { WorkSchedule as PlannedWork } from "../../layers/core/deployment/worker-shape.ts";

export interface WorkScheduleProps {
  readonly scheduleName: string;
  readonly planned: PlannedWork;
  readonly worker: IAlias;
}

/** Lambda tries a run that failed twice more by itself; a run that was missed is made up for by the next. */
const ATTEMPTS = 2;

/** A work that is done from time to time, whoever calls. */
export class WorkSchedule extends Construct {
  constructor(scope: Construct, id: string, { scheduleName, planned, worker }: WorkScheduleProps) {
    super(scope, id);
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("scheduler.amazonaws.com") });
    const everyMinutes = Duration.minutes(planned.everyMinutes);
    new Schedule(this, "Schedule", {
      scheduleName,
      description: `${planned.work}, every ${planned.everyMinutes} minutes`,
      schedule: ScheduleExpression.rate(everyMinutes),
      target: new LambdaInvoke(worker, {
        role,
        input: ScheduleTargetInput.fromObject(scheduleInput(planned.work)),
        retryAttempts: ATTEMPTS,
        maxEventAge: everyMinutes,
      }),
    });
  }
}
