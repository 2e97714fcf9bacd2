/** Limits of connections. How they relate is held by `test/layers/core/connection/limits.test.ts`. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest that a connection lives. Source: API Gateway quotas, WebSocket, "Connection duration" (read 2026-11-20). */
export const CONNECTION_LIFE_MS_MAX = 2 * HOUR_MS;
/** A connection that is over stays on record so long, for whoever meters it: the count of quotas is compared every hour. */
export const CONNECTION_KEPT_MS = 24 * HOUR_MS;
/** Channels that one connection has joined. Its record stays below some kilobytes. */
export const JOINED_MAX = 50;
/** Joins of one connection that met another change are judged again. */
export const JOIN_ATTEMPTS_MAX = 8;

/** People in one part of a tenant's connections; with more of them there are more parts. */
export const PEOPLE_PER_SHARD = 250;
/** Connections read at once. */
export const CONNECTIONS_PAGE = 250;
/** A message to all makes so many queue messages at most. */
export const SHARDS_MAX = 1_024;
/** Of one part: far above what a plan allows. */
export const SHARD_PAGES_MAX = 4_000;
/** A spread is read again once it is so old, and not believed once it is older than the second. */
export const SPREAD_FRESH_MS = SECOND_MS;
export const SPREAD_STALE_MS_MAX = 5 * SECOND_MS;
/** Connections are placed by a new spread once no process can know of the old one alone. */
export const SPREAD_SETTLE_MS = 30 * SECOND_MS;
export const SPREADS_REMEMBERED_MAX = 10_000;
/** Parts grow fewer where all people would fill no more than so small a share of them. */
export const SPREAD_IDLE_SHARE = 1 / 8;

/** What two clocks of one fleet differ by at most. Where it is more, connections are cut that need not be. */
export const CLOCK_DIFFERENCE_MS_MAX = 5 * SECOND_MS;
/** Two renewals may fail before a lease is over. */
export const GATEWAY_HEARTBEAT_MS = 3 * SECOND_MS;
export const GATEWAY_LEASE_MS = 9 * SECOND_MS;
/** A renewal that failed is tried again. */
export const GATEWAY_RETRY_MS = SECOND_MS;
/** What was known of a gateway counts for so long. With the lease it makes the ten seconds in which presence is right. */
export const GATEWAY_STALE_MS_MAX = SECOND_MS;
export const GATEWAYS_REMEMBERED_MAX = 1_000;
/** A gateway's record stays so long after its last renewal. */
export const GATEWAY_KEPT_MS = 50 * MINUTE_MS;

/** Connections that are taken off the record at a time. */
export const ENDS_AT_ONCE = 16;

/** Connections that are looked at to tell whether anybody hears a channel: 20 KB of them, 5 units of reading at most. */
export const CONNECTIONS_LOOKED_AT = 50;
/** Connections that one answer about presence is made of. */
export const PRESENCE_CONNECTIONS_MAX = 10_000;

/** Long enough to open a connection with what was just got, and too short for much else. */
export const TICKET_LIFE_MS = 30 * SECOND_MS;
/** That a ticket was used is known for so long after its end: longer than clocks may differ. */
export const TICKET_MARK_KEPT_MS = MINUTE_MS;
