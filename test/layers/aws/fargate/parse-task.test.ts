import { expect, test } from "vitest";
import { parseTask } from "../../../../layers/aws/fargate/parse-task.ts";

/** As DescribeTasks answers. Source: ECS API reference, DescribeTasks and Task. */
const told = {
  attachments: [
    {
      id: "1",
      type: "ElasticNetworkInterface",
      status: "ATTACHED",
      details: [
        { name: "subnetId", value: "subnet-0a" },
        { name: "privateIPv4Address", value: "10.0.0.7" },
      ],
    },
  ],
  capacityProviderName: "FARGATE",
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/c",
  containers: [{ name: "project", lastStatus: "STOPPED", exitCode: 137, reason: "OutOfMemoryError: killed" }],
  cpu: "256",
  createdAt: 1795248000.123,
  startedAt: 1795248030.5,
  executionStoppedAt: 1795248090.25,
  stoppedAt: 1795248120,
  desiredStatus: "STOPPED",
  lastStatus: "STOPPED",
  overrides: {
    containerOverrides: [
      { name: "project", environment: [{ name: "SKEIN_RUN", value: '{"runId":"r","projectId":"p","port":3000}' }] },
    ],
  },
  startedBy: "token",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/c/1",
};

test("a task is read with its moments in milliseconds, when its container ended and where it is", () => {
  expect(parseTask(told)).toEqual({
    arn: "arn:aws:ecs:eu-west-1:123456789012:task/c/1",
    token: "token",
    runId: "r",
    projectId: "p",
    port: 3000,
    lastStatus: "STOPPED",
    createdAtEpochMs: 1_795_248_000_123,
    startedAtEpochMs: 1_795_248_030_500,
    endedAtEpochMs: 1_795_248_090_250,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    exitCode: 137,
    containerReason: "OutOfMemoryError: killed",
    privateAddress: "10.0.0.7",
  });
});

test("a task that somebody else has started is none of ours", () => {
  expect(parseTask({ ...told, overrides: { containerOverrides: [] } })).toBeUndefined();
  expect(
    parseTask({
      ...told,
      overrides: { containerOverrides: [{ name: "project", environment: [{ name: "SKEIN_RUN", value: "yes" }] }] },
    }),
  ).toBeUndefined();
});

test("what is no task is refused", () => {
  expect(() => parseTask({ taskArn: 7 })).toThrow();
});
