/** Until a project begins to answer. As long as an ALB waits for a target by default (its attributes, read 2026-11-21). */
export const REPLY_TIMEOUT_MS = 60_000;
/** On the machine itself a connection is there at once or not at all. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** The same as the door takes of its callers. */
export const REPLY_HEADER_BYTES_MAX: number = 64 * 1024;
/** WebSockets of all projects at a time: each holds two connections for as long as it is open. */
export const SOCKETS_MAX = 500;
/** After so long without a byte either way a WebSocket is taken for dead. */
export const SOCKET_IDLE_MS = 5 * 60_000;
