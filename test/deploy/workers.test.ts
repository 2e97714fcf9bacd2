import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { USAGE_SHAPE } from "../../functions/usage/config.ts";
import { HIGH_WORKER_SHAPE, WORKER_SHAPE } from "../../functions/worker/config.ts";
import { visibilitySecondsOf } from "../../layers/core/deployment/worker-shape.ts";
import { JOB_DELIVERIES_MAX } from "../../layers/core/job/limits.ts";
import { DELAY_SECONDS_MAX } from "../../layers/core/ports/queue.ts";
import { DEPLOYED_WORKERS } from "../../lib/functions.ts";
import { laidOut } from "./laid-out.ts";
import { oneRegion, threeRegions, twoRegions } from "./stages.ts";

const one = laidOut(oneRegion);
const two = laidOut(twoRegions);
const three = laidOut(threeRegions);

const SHAPES = [
  ["one region", one],
  ["two regions", two],
  ["three regions", three],
] as const;

function first<Stack>(stacks: readonly Stack[]): Stack {
  const [stack] = stacks;
  if (stack === undefined) throw new TypeError("no stack was laid out");
  return stack;
}

const cellOf = (laid: typeof one) => laid.template(first(laid.deployment.cells));
/** Of usage, of jobs, of jobs of a high priority, and of messages. */
const QUEUES_COUNT = 4;
/** What hands a queue's messages to the function that is named so, and to no other. */
function sourceOf(laid: typeof one, { queue, worker }: { readonly queue: string; readonly worker: string }) {
  const sources = Object.values(cellOf(laid).find("AWS::Lambda::EventSourceMapping"));
  const ofQueue = sources.filter((source) => JSON.stringify(source).includes(`-${queue}"`));
  expect(ofQueue).toHaveLength(1);
  expect(JSON.stringify(ofQueue)).toMatch(new RegExp(`"Ref":"Worker${worker.replace("-", "")}Live`));
  return z.object({ Properties: z.looseObject({}) }).parse(ofQueue[0]).Properties;
}
const arnOf = (pattern: string) => ({ "Fn::GetAtt": [Match.stringLikeRegexp(pattern), "Arn"] });

describe.each(SHAPES)("the queue of usage, in %s", (_, laid) => {
  const works = USAGE_SHAPE.works;
  if (works.by !== "queue") throw new TypeError("usage works off no queue");

  test.each(laid.deployment.regionStates)(
    "lies with what $region keeps, and hides a message for six timeouts",
    (state) => {
      laid.template(state).has("AWS::SQS::Queue", {
        QueueName: Match.stringLikeRegexp("-usage$"),
        VisibilityTimeout: (6 * USAGE_SHAPE.timeoutMs) / 1000,
        MessageRetentionPeriod: 14 * 86_400,
        RedrivePolicy: { deadLetterTargetArn: arnOf("^Queueusage"), maxReceiveCount: works.receivesMax },
      });
    },
  );

  test.each(laid.deployment.regionStates)("has dead letters of its own in $region, kept for 14 days", (state) => {
    const template = laid.template(state);

    template.has("AWS::SQS::Queue", {
      QueueName: Match.stringLikeRegexp("-usage-dead-letters$"),
      MessageRetentionPeriod: 14 * 86_400,
      RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [Match.anyValue()] },
      RedrivePolicy: Match.absent(),
    });
    template.count("AWS::SQS::Queue", 2 * QUEUES_COUNT);
  });

  test.each(laid.deployment.regionStates)("takes nothing over plain HTTP in $region", (state) => {
    laid.template(state).count("AWS::SQS::QueuePolicy", 2 * QUEUES_COUNT, {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } })],
      },
    });
  });

  test("is worked off in batches of which what failed comes again alone, by so many at once and no more", () => {
    sourceOf(laid, { queue: "usage", worker: "usage" });
    for (const cell of laid.deployment.cells) {
      laid.template(cell).has("AWS::Lambda::EventSourceMapping", {
        FunctionName: { "Fn::Join": ["", [Match.anyValue(), ":live"]] },
        BatchSize: works.batchCountMax,
        MaximumBatchingWindowInSeconds: works.gatherSecondsMax,
        ScalingConfig: { MaximumConcurrency: works.concurrencyMax },
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      });
    }
  });

  test("rings when a message waits for ten minutes, and at the first that was given up", () => {
    const alarm = (AlarmName: string, MetricName: string, QueueName: string, Threshold: number) => ({
      AlarmName: Match.stringLikeRegexp(`-${AlarmName}$`),
      Namespace: "AWS/SQS",
      MetricName,
      Dimensions: [{ Name: "QueueName", Value: Match.stringLikeRegexp(`-${QueueName}$`) }],
      Threshold,
    });

    for (const cell of laid.deployment.cells) {
      const template = laid.template(cell);
      template.has("AWS::CloudWatch::Alarm", alarm("usage-late", "ApproximateAgeOfOldestMessage", "usage", 600));
      template.has("AWS::CloudWatch::Alarm", {
        ...alarm("usage-dead-letters", "ApproximateNumberOfMessagesVisible", "usage-dead-letters", 1),
        AlarmDescription: Match.stringLikeRegexp("^Tenants notice: .*missing.* Look at: .*-usage-dead-letters"),
      });
    }
  });
});

const JOB_WORKERS = [WORKER_SHAPE, HIGH_WORKER_SHAPE].map((shape) => {
  if (shape.works.by !== "queue") throw new TypeError("a worker works off a queue");
  return { ...shape, works: shape.works };
});

describe.each(JOB_WORKERS)("the queue of $name", ({ name, works, timeoutMs }) => {
  test("hides a message for six of the longest runs, and gives it up only after the worker has", () => {
    one.template(first(one.deployment.regionStates)).has("AWS::SQS::Queue", {
      QueueName: `skein-small-${works.queue}`,
      VisibilityTimeout: (6 * timeoutMs) / 1_000,
      RedrivePolicy: { deadLetterTargetArn: arnOf("^Queuejobs"), maxReceiveCount: works.receivesMax },
      FifoQueue: Match.absent(),
    });
    expect(works.receivesMax).toBeGreaterThan(JOB_DELIVERIES_MAX);
  });

  test("gives one job to an environment, at once, and as many jobs at a time as the plan says", () => {
    expect(sourceOf(one, { queue: works.queue, worker: name })).toMatchObject({
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: 0,
      ScalingConfig: { MaximumConcurrency: works.queue === "jobs" ? 10 : 2 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
  });

  test("is late only with what is neither held back nor running for as long as it may, and says what tenants notice", () => {
    cellOf(one).has("AWS::CloudWatch::Alarm", {
      AlarmName: `skein-small-${works.queue}-late`,
      MetricName: "ApproximateAgeOfOldestMessage",
      Threshold: works.lateSeconds,
      AlarmDescription: Match.stringLikeRegexp("^Tenants notice: their jobs.* none is lost\\. Look at: .+"),
    });
    cellOf(one).has("AWS::CloudWatch::Alarm", {
      AlarmName: `skein-small-${works.queue}-dead-letters`,
      Threshold: 1,
      AlarmDescription: Match.stringLikeRegexp("^Tenants notice: some of their jobs"),
    });
    expect(works.lateSeconds).toBeGreaterThan(DELAY_SECONDS_MAX + timeoutMs / 1_000);
  });
});

test("the queue of messages hides one for two runs of its worker, which Lambda demands one of", () => {
  one.template(first(one.deployment.regionStates)).has("AWS::SQS::Queue", {
    QueueName: "skein-small-messages",
    VisibilityTimeout: 60,
    RedrivePolicy: { deadLetterTargetArn: arnOf("^Queuemessages"), maxReceiveCount: 60 },
  });
  for (const { shape } of DEPLOYED_WORKERS) {
    if (shape.works.by === "queue")
      expect(visibilitySecondsOf(shape.works, shape)).toBeGreaterThanOrEqual(shape.timeoutMs / 1_000);
  }
});

test("pollers are kept ready where the plan asks for them, and then bound how many jobs run at once", () => {
  const normal = sourceOf(two, { queue: "jobs", worker: "worker" });
  const high = sourceOf(two, { queue: "jobs-high", worker: "worker-high" });

  expect(normal).toMatchObject({ ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 20 } });
  expect(normal).not.toHaveProperty("ScalingConfig");
  expect(high).toMatchObject({ ScalingConfig: { MaximumConcurrency: 20 } });
  expect(high).not.toHaveProperty("ProvisionedPollerConfig");
});

test("queues are under SQS's own key, or under the account's where it wants that", () => {
  one.template(first(one.deployment.regionStates)).allHave("AWS::SQS::Queue", { SqsManagedSseEnabled: true });
  three.template(first(three.deployment.regionStates)).allHave("AWS::SQS::Queue", {
    KmsMasterKeyId: arnOf("^Key"),
  });
});

const Schedule = z.object({
  Properties: z.object({
    Name: z.string(),
    ScheduleExpression: z.string(),
    Target: z.object({
      Input: z.string(),
      RetryPolicy: z.object({ MaximumEventAgeInSeconds: z.int().min(60), MaximumRetryAttempts: z.int() }),
    }),
  }),
});

describe.each(SHAPES)("the schedules, in %s", (_, laid) => {
  const planned = DEPLOYED_WORKERS.flatMap(({ name, shape: { works } }) =>
    works.by === "schedules" ? works.schedules.map((schedule) => ({ name, ...schedule })) : [],
  );

  test("call each function for each work at its interval: in every region, or in the first alone", () => {
    for (const [index, cell] of laid.deployment.cells.entries()) {
      const schedules = Object.values(laid.template(cell).find("AWS::Scheduler::Schedule"));
      const hasProjects = laid.deployment.projects.length > 0;
      const here = planned.filter(
        ({ runsIn, onlyWith }) => (index === 0 || runsIn === "each-region") && (hasProjects || onlyWith === undefined),
      );

      const read = schedules.map((raw) => Schedule.parse(raw).Properties);

      expect(read.map(({ Name }) => Name.replace(/^skein-[^-]+-/, "")).sort()).toEqual(
        here.map(({ name, work }) => `${name}-${work}`).sort(),
      );
      for (const { work, everyMinutes } of here) {
        const schedule = read.find(({ Name }) => Name.endsWith(`-${work}`));
        expect(schedule?.ScheduleExpression).toMatch(
          new RegExp(`^rate\\((?:${everyMinutes} minutes?|${everyMinutes / 60} hours?)\\)$`),
        );
        expect(JSON.parse(schedule?.Target.Input ?? "")).toMatchObject({ source: "skein.schedule", work });
        expect(schedule?.Target.RetryPolicy).toEqual({
          MaximumEventAgeInSeconds: everyMinutes * 60,
          MaximumRetryAttempts: 2,
        });
      }
    }
  });

  test("may call their function's alias and put aside what was missed, and nothing else", () => {
    const policies = Object.entries(cellOf(laid).find("AWS::IAM::Policy")).filter(([id]) => id.startsWith("Schedules"));

    expect(policies.map(([, { Properties }]) => Properties)).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            { Action: "lambda:InvokeFunction", Resource: { Ref: expect.stringMatching(/^WorkerupkeepLive/) } },
            {
              Action: "sqs:SendMessage",
              Resource: { "Fn::GetAtt": [expect.stringMatching(/^SchedulesupkeepMissed/), "Arn"] },
            },
          ],
        },
      },
    ]);
  });
});

describe("a run that came to nothing", () => {
  test("is kept for 14 days with its reason, whether it was not called or failed three times", () => {
    cellOf(two).allHave("AWS::Scheduler::Schedule", {
      Target: Match.objectLike({ DeadLetterConfig: { Arn: arnOf("^SchedulesupkeepMissed") } }),
    });
    cellOf(two).has("AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: Match.stringLikeRegexp("^WorkerupkeepFunction") },
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: arnOf("^SchedulesupkeepMissed") } },
    });
    cellOf(two).has("AWS::SQS::Queue", {
      QueueName: "skein-pair-upkeep-missed",
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  test("rings, and so do ten minutes in which nothing ran at all", () => {
    cellOf(two).has("AWS::CloudWatch::Alarm", { AlarmName: "skein-pair-upkeep-missed", Threshold: 1 });
    cellOf(two).has("AWS::CloudWatch::Alarm", {
      AlarmName: "skein-pair-upkeep-silent",
      MetricName: "Invocations",
      Period: 600,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
  });
});
