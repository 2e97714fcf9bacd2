/** The commercial regions that every account has or can switch on. Source: AWS general reference, read 2026-11-20. */
export const REGIONS = [
  "af-south-1",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ca-central-1",
  "ca-west-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
] as const;

export type Region = (typeof REGIONS)[number];

/**
 * A strongly consistent global table lies in exactly three regions of one of these sets.
 * Source: DynamoDB developer guide, "How DynamoDB global tables work", read 2026-11-20.
 */
export const STRONG_SETS: readonly (readonly Region[])[] = [
  ["us-east-1", "us-east-2", "us-west-2"],
  ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
  ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

export const STRONG_REGIONS_COUNT = 3;

/** Where Route 53 publishes the metrics of its health checks, and so where what watches the whole fleet has to lie. */
export const FLEET_REGION: Region = "us-east-1";

/**
 * From where Route 53 looks at each cell: three, the fewest it allows, since every one of its checkers is a request
 * each interval. Source: Route 53 API reference, HealthCheckConfig, read 2026-11-20.
 */
export const PROBE_REGIONS: readonly Region[] = ["us-east-1", "eu-west-1", "ap-southeast-1"];
