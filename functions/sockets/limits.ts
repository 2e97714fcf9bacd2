/** How often one address may open a connection, whoever is behind it: an office that comes back after an outage may. */
export const OPENINGS_PER_ADDRESS = { requestsPerSecond: 10, requestBurst: 200 } as const;

/** What API Gateway asks of clients. Source: its quotas for WebSocket APIs (read 2026-11-20): 10 minutes, and frames of 32 KB. */
export const API_GATEWAY_HOLDER = { idleMsMax: 600_000, frameBytesMax: 32 * 1024 } as const;

/** Connections whose pace one environment counts: those that spoke to it last. A hundred bytes each. */
export const PACED_CONNECTIONS_MAX = 4_000;

/** Messages of one channel that are read at once for who has missed some. */
export const RESUME_PAGE = 100;
/** Pages of one channel: some hold little, where messages are over or large. */
export const RESUME_PAGES_MAX = 20;
/** What one `resume` is answered with at most, of all channels together: far less than waits for a slow client. */
export const RESUME_BYTES_MAX = 256 * 1024;
export const RESUME_MESSAGES_MAX = 500;

/** Open questions that a client is told of when it connects, one page of their list: each may be 56 KiB. */
export const OPEN_QUESTIONS_BYTES_MAX = 512 * 1024;

/** When to come again who found no room. */
export const QUOTA_RETRY_SECONDS = 5;
