import { POSTS_AT_ONCE } from "../../layers/aws/connections/limits.ts";
import { CONNECTION_LIFE_MS_MAX, CONNECTIONS_PAGE, PEOPLE_PER_SHARD } from "../../layers/core/connection/limits.ts";
import { PRICE_PER_MILLION } from "../prices.ts";

/** What is to be brought to people in a region of AWS. */
export interface CloudLoad {
  readonly deliveriesPerSecond: number;
  /** People who are connected and hear each message: one member, or all of their parts. */
  readonly hearersPerMessage: number;
  /** Of one message as it goes to a connection. */
  readonly messageBytes: number;
}

/** What it takes, a second. */
export interface CloudUse {
  readonly published: number;
  /** Parts of the hearers' connections, for each message. */
  readonly shards: number;
  readonly lanes: number;
  readonly tableWrites: number;
  /** In units of 4 KB, read strongly. */
  readonly tableReads: number;
  readonly queueRequests: number;
  /** Partitions of the table that the messages are written to: at least so many channels, or tenants. */
  readonly partitions: number;
  /** Functions that are at it at any moment. */
  readonly functionsAtOnce: number;
}

/** List prices of us-east-1 for a million deliveries, in US dollars. */
export interface CloudPrice {
  readonly connections: number;
  readonly table: number;
  readonly queue: number;
  readonly functions: number;
  readonly all: number;
}

/** One bound of the region or the account, and how much of it the load takes. */
export interface CloudBound {
  readonly name: string;
  readonly needed: number;
  readonly quota: number;
  readonly unit: string;
}

/** Source: API Gateway pricing (read 2026-09-06): a million messages of 32 KB, and a million minutes of a connection. */
const SOCKET_MESSAGE_PRICE = 1;
const SOCKET_UNIT_BYTES = 32 * 1024;
export const CONNECTION_MINUTE_PRICE = 0.25;
/** A GB-second of arm64, a million of them. Source: Lambda's offer file (2026-08-31). */
const GB_SECOND_PRICE = 13.3334;
const FUNCTION_GB = 1769 / 1024;

/** A connection beside others of its part, as an item. Its test compares it with what is stored. */
export const PLACE_BYTES = 420;
const READ_UNIT_BYTES = 4 * 1024;
const WRITE_UNIT_BYTES = 1024;

/**
 * To sign and send one text, and to read the answer. Measured: 178 µs over plain HTTP on one busy core of an x64 machine
 * (2026-11-21); the rest is for TLS, which was not measured.
 */
const POST_PROCESSOR_MS = 0.3;
/** Until API Gateway has answered one `POST`: taken from what is said of it, measured by nobody here. */
const POST_ANSWER_MS = 20;
/** Claim, log, part and release of a lane, one after the other, and what comes before them. */
const LANE_STORE_MS = 25;
/** As `functions/delivery/config.ts` has it. */
const LANES_A_BATCH = 10;
/** Sent, taken and deleted. Lambda takes and deletes up to ten at once; that as many wait is not counted on. */
const QUEUE_REQUESTS_A_LANE = 3;
/** Claim and release. */
const LANE_WRITES = 2;

export function cloudUse({ deliveriesPerSecond, hearersPerMessage, messageBytes }: CloudLoad): CloudUse {
  const published = deliveriesPerSecond / hearersPerMessage;
  const shards = Math.ceil(hearersPerMessage / PEOPLE_PER_SHARD);
  const lanes = published * shards;
  const hearersPerLane = hearersPerMessage / shards;
  const writeUnits = Math.ceil(messageBytes / WRITE_UNIT_BYTES);
  const logUnits = Math.ceil(messageBytes / READ_UNIT_BYTES);
  const partUnits = Math.ceil((Math.min(hearersPerLane, CONNECTIONS_PAGE) * PLACE_BYTES) / READ_UNIT_BYTES);
  return {
    published,
    shards,
    lanes,
    tableWrites: published * writeUnits + lanes * LANE_WRITES,
    tableReads: lanes * (logUnits + partUnits),
    queueRequests: lanes * QUEUE_REQUESTS_A_LANE,
    partitions: Math.ceil((published * writeUnits) / TABLE_PARTITION_WRITES),
    functionsAtOnce: (lanes * functionMsOf(hearersPerLane)) / 1_000,
  };
}

/** Of one lane, where it shares an invocation with as many as come at once: then they wait for each other's answers. */
function functionMsOf(hearers: number): number {
  const sendMs = Math.max(hearers * POST_PROCESSOR_MS, Math.ceil(hearers / POSTS_AT_ONCE) * POST_ANSWER_MS);
  return Math.max(sendMs, (LANE_STORE_MS + sendMs) / LANES_A_BATCH);
}

export function cloudPrice(load: CloudLoad): CloudPrice {
  const use = cloudUse(load);
  const each = (amount: number): number => amount / load.deliveriesPerSecond;
  const connections = Math.ceil(load.messageBytes / SOCKET_UNIT_BYTES) * SOCKET_MESSAGE_PRICE;
  const table = each(use.tableWrites) * PRICE_PER_MILLION.writeUnit + each(use.tableReads) * PRICE_PER_MILLION.readUnit;
  const queue = each(use.queueRequests) * PRICE_PER_MILLION.queueRequest;
  const functions =
    each(use.functionsAtOnce) * FUNCTION_GB * GB_SECOND_PRICE +
    (each(use.lanes) / LANES_A_BATCH) * PRICE_PER_MILLION.lambdaRequest;
  return { connections, table, queue, functions, all: connections + table + queue + functions };
}

/** Sources: DynamoDB developer guide on partitions and on-demand tables (as in the design's facts, read 2026-11-20). */
const TABLE_PARTITION_WRITES = 1_000;
const TABLE_WRITES_AT_FIRST = 4_000;
const TABLE_READS_AT_FIRST = 12_000;
/** Source: Lambda quotas. A new account has less of it; the plan's `concurrencyQuota` says how much. */
const CONCURRENCY = 1_000;
/** Source: Lambda developer guide, "Configuring scaling behavior for SQS event source mappings". */
const BATCHES_AT_ONCE = 1_000;
/** Source: API Gateway quotas: openings a second in an account and region. */
const OPENINGS_PER_SECOND = 500;
/** Of an account and region. That `@connections` counts towards it is assumed: no figure of its own is documented. */
const API_REQUESTS_PER_SECOND = 10_000;

/** What the load takes of each bound that AWS puts; those that may be raised on request are the last four. */
export function cloudBounds(load: CloudLoad, { connections }: { readonly connections: number }): readonly CloudBound[] {
  const use = cloudUse(load);
  const lifeSeconds = CONNECTION_LIFE_MS_MAX / 1_000;
  return [
    {
      name: "writes of messages to one channel",
      needed: use.published / use.partitions,
      quota: 1_000,
      unit: "a second",
    },
    {
      name: "writes before the table has grown",
      needed: use.tableWrites,
      quota: TABLE_WRITES_AT_FIRST,
      unit: "a second",
    },
    { name: "reads before the table has grown", needed: use.tableReads, quota: TABLE_READS_AT_FIRST, unit: "a second" },
    { name: "batches of the queue", needed: use.functionsAtOnce, quota: BATCHES_AT_ONCE, unit: "at once" },
    { name: "functions", needed: use.functionsAtOnce, quota: CONCURRENCY, unit: "at once" },
    {
      name: "connections that come again after two hours",
      needed: connections / lifeSeconds,
      quota: OPENINGS_PER_SECOND,
      unit: "a second",
    },
    {
      name: "connections that all come again within a minute",
      needed: connections / 60,
      quota: OPENINGS_PER_SECOND,
      unit: "a second",
    },
    {
      name: "texts to connections",
      needed: load.deliveriesPerSecond,
      quota: API_REQUESTS_PER_SECOND,
      unit: "a second",
    },
  ];
}
