/** The stage of every WebSocket API of ours: it stands in the addresses at which its connections are reached. */
export const SOCKET_STAGE = "live";
