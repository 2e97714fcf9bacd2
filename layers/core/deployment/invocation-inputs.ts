/**
 * What a schedule sends to a function for a work of its. EventBridge Scheduler puts its own words in place of those in
 * angle brackets (Scheduler user guide, "Adding context attributes", read 2026-11-21).
 */
export const scheduleInput = (work: string) =>
  ({
    source: SCHEDULE_SOURCE,
    work,
    scheduleArn: "<aws.scheduler.schedule-arn>",
    scheduledTime: "<aws.scheduler.scheduled-time>",
    executionId: "<aws.scheduler.execution-id>",
    attempt: "<aws.scheduler.attempt-number>",
  }) as const;

export const SCHEDULE_SOURCE = "skein.schedule";

/**
 * What a state machine sends to a function, as the parameters of a task in JSONPath (Step Functions developer guide,
 * "Accessing execution data from the Context object", read 2026-11-21).
 */
export const STEP_INPUT = {
  source: "skein.step",
  "executionId.$": "$$.Execution.Id",
  "state.$": "$$.State.Name",
  "enteredTime.$": "$$.State.EnteredTime",
  "retryCount.$": "$$.State.RetryCount",
  "input.$": "$",
} as const;
