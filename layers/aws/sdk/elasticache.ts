/** What is used of the SDK, and no more: imported when a first call is made, and bundled without the rest. */
export { DescribeServerlessCachesCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache";
