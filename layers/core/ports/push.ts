/** Where a connection is held. */
export interface ConnectionPlace {
  /** Unique in the whole fleet. */
  readonly connectionId: string;
  /** In AWS the API that holds it, by its region and its id; on one machine the process that does. */
  readonly gateway: string;
}

export type PushOutcome =
  /** Handed on. No promise that it was read: a client says so itself. */
  | "sent"
  /** There is no such connection, and there will be none. */
  | "gone"
  /** It takes more slowly than is sent, and was not given all of it. It is told to read the rest itself. */
  | "behind"
  /** Whoever holds it did not answer. It may be there. */
  | "unreachable";

/** What is sent to those who are connected, wherever that is. Never throws: what can't be said of a connection is its outcome. */
export interface Push {
  /**
   * Sends the texts to each of the connections, in their order. One that is slow, gone or out of reach holds up no other
   * for longer than a named limit.
   *
   * @returns an outcome for each connection, in their order.
   */
  send(to: readonly ConnectionPlace[], texts: readonly string[]): Promise<readonly PushOutcome[]>;
  /** Of one that is gone already nothing is to be done. */
  close(place: ConnectionPlace, why: { readonly code: number; readonly reason: string }): Promise<void>;
}
