import { type DoorLimits, LOCAL_DOOR } from "../limits.ts";

/** How Lambda bounds the environments of a function and what goes in and out of them. */
export interface LambdaLimits {
  /** From the start of a process to its first request for an event, where it is not kept warm. */
  readonly initTimeoutMs: number;
  /** The same where it is kept warm; or as long as a call of it may take, if that is longer. */
  readonly provisionedInitTimeoutMs: number;
  /** An event, as JSON. */
  readonly eventBytesMax: number;
  /** A reply in one piece, as JSON. */
  readonly wholeReplyBytesMax: number;
  readonly streamedReplyBytesMax: number;
  /** How long an environment that nobody calls is kept. */
  readonly idleKeptMs: number;
  /** Environments of one function at a time. */
  readonly environmentsMax: number;
}

/**
 * Lambda's own. Sources: Lambda quotas; Lambda developer guide, "Understanding the Lambda execution environment lifecycle"
 * (both read 2026-11-21); the bytes of a reply are those that its errors name, a hundred above those of an event.
 */
export const LAMBDA_LIMITS: LambdaLimits = {
  initTimeoutMs: 10_000,
  provisionedInitTimeoutMs: 130_000,
  eventBytesMax: 6 * 1024 * 1024,
  wholeReplyBytesMax: 6 * 1024 * 1024 + 100,
  streamedReplyBytesMax: 200 * 1024 * 1024,
  // Not Lambda's, which keeps them for longer and has more of them: here they hold the memory of one machine. A stream
  // keeps an environment to its end, also when its reader is long gone.
  idleKeptMs: 60_000,
  environmentsMax: 64,
};

/** What stands before the body of a streamed reply: its status and its headers. */
export const STREAM_HEAD_BYTES_MAX = 64 * 1024;

/**
 * How long a regional REST API waits at most: for a whole reply; for a streamed one, in all and from one piece to the next.
 * Sources: API Gateway quotas, and "Stream the integration response" in its developer guide (both read 2026-11-21).
 */
export const WHOLE_REPLY_TIMEOUT_MS = 29_000;
export const STREAM_TIMEOUT_MS = 15 * 60_000;
export const STREAM_IDLE_TIMEOUT_MS = 5 * 60_000;

/**
 * The body of a request to a load balancer, and the JSON of a reply to it. Source: Elastic Load Balancing, "Lambda functions
 * as targets", 1 MB each (read 2026-11-21), which is read here as the smaller of its two meanings.
 */
export const BALANCED_BODY_BYTES_MAX = 1_000_000;
export const BALANCED_REPLY_BYTES_MAX = 1_000_000;

/** The socket before a front door: it is the front door that ends calls, and later than the socket of a local cell would. */
export const HOST_DOOR: DoorLimits = { ...LOCAL_DOOR, callTimeoutMs: STREAM_TIMEOUT_MS + 10_000 };

/** The part of a function's memory that its JavaScript may fill; the rest is left for buffers, code and stacks. */
export const HEAP_SHARE = 0.9;

/** How often the memory of a busy environment is looked at. */
export const MEMORY_LOOK_INTERVAL_MS = 250;

/** How long after a fault a queue is asked again. */
export const SOURCE_FAULT_PAUSE_MS = 1_000;
