import { expect, test } from "vitest";
import { hostsOf, namesOf } from "../../lib/names.ts";

test("what keeps state is found again by the same name", () => {
  const names = namesOf({ name: "production" });
  const place = { account: "123456789012", region: "eu-west-1" } as const;

  expect({
    stateTable: names.stateTable,
    controlTable: names.controlTable,
    accessSecret: names.accessSecret,
    sealSecret: names.sealSecret,
    apiKeySecret: names.apiKeySecret,
    usageQueue: names.queue("usage"),
    jobsQueue: names.queue("jobs"),
    highJobsQueue: names.queue("jobs-high"),
    messagesQueue: names.queue("messages"),
    deadLetters: names.deadLetters("usage"),
    blobBucket: names.blobBucket(place),
    logBucket: names.logBucket(place),
    keyAlias: names.keyAlias,
    stack: names.stack("fleet-state"),
  }).toEqual({
    stateTable: "skein-production-state",
    controlTable: "skein-production-control",
    accessSecret: "skein/production/access",
    sealSecret: "skein/production/seal",
    apiKeySecret: "skein/production/api-key",
    usageQueue: "skein-production-usage",
    jobsQueue: "skein-production-jobs",
    highJobsQueue: "skein-production-jobs-high",
    messagesQueue: "skein-production-messages",
    deadLetters: "skein-production-usage-dead-letters",
    blobBucket: "skein-production-blobs-123456789012-eu-west-1",
    logBucket: "skein-production-logs-123456789012-eu-west-1",
    keyAlias: "alias/skein-production",
    stack: "skein-production-fleet-state",
  });
});

test("the longest names fit into what AWS allows", () => {
  const names = namesOf({ name: "abcdefghijkl" });
  const bucket = names.blobBucket({ account: "123456789012", region: "ap-southeast-1" });

  expect(bucket.length).toBeLessThanOrEqual(63);
  expect(names.cache.length).toBeLessThanOrEqual(40);
  expect(names.lambda("worker-high").length).toBeLessThanOrEqual(64);
  expect(names.projectLauncher("ap-southeast-1").length).toBeLessThanOrEqual(64);
  expect(names.deadLetters("jobs-high").length).toBeLessThanOrEqual(80);
});

test("a cell has a name of its own under the shared one", () => {
  expect(hostsOf("mcp.example.com", "eu-west-1")).toEqual({
    cell: "eu-west-1.mcp.example.com",
    origin: "origin.eu-west-1.mcp.example.com",
    cellSocket: "ws.eu-west-1.mcp.example.com",
    socketOrigin: "origin.ws.eu-west-1.mcp.example.com",
  });
});
