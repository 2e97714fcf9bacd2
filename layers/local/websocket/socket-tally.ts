/** Why a socket was not opened, or what was not taken of one. */
export type SocketRefusal =
  | "opening"
  | "no_room"
  | "connect_late"
  | "binary"
  | "malformed"
  | "too_fast"
  | "flood"
  | "crowded"
  | "silent";

/** What has come of the WebSockets of a process since its start. */
export class SocketTally {
  opened = 0;
  closed = 0;
  textsReceived = 0;
  textsSent = 0;
  /** Clients that were told that they are behind. */
  lagged = 0;
  readonly refused = new Map<SocketRefusal, number>();

  refuse(why: SocketRefusal): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1);
  }
}
