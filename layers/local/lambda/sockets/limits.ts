/** How API Gateway bounds the connections of a WebSocket API. */
export interface SocketApiLimits {
  /** Of one message, in either direction. */
  readonly messageBytesMax: number;
  /** Of one frame that a client sends: a longer message comes in several. */
  readonly frameBytesMax: number;
  /** Without a message in either direction. */
  readonly idleMsMax: number;
  readonly lifeMsMax: number;
  /** How often it is looked whose time is over. */
  readonly sweepIntervalMs: number;
  /** How long it waits for a function. */
  readonly integrationTimeoutMs: number;
}

/** Its own. Source: API Gateway quotas for WebSocket APIs (read 2026-11-20). */
export const SOCKET_API_LIMITS: SocketApiLimits = {
  messageBytesMax: 128 * 1024,
  frameBytesMax: 32 * 1024,
  idleMsMax: 10 * 60_000,
  lifeMsMax: 2 * 60 * 60_000,
  sweepIntervalMs: 1_000,
  integrationTimeoutMs: 29_000,
};
