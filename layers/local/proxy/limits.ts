/** On the machine itself a connection is there at once or not at all. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** WebSockets of all projects at a time: each holds two connections for as long as it is open. */
export const SOCKETS_MAX = 500;
/** After so long without a byte either way a WebSocket is taken for dead. */
export const SOCKET_IDLE_MS = 5 * 60_000;
