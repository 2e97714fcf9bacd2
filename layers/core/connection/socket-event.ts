import type { Principal } from "../tenant/principal.ts";

/**
 * What happens to a WebSocket, as API Gateway tells it to a function and as a cell of one machine does. The events of one
 * connection come one after the other only where its client waits for the answers.
 */
export type SocketEvent = SocketOpening | SocketText | SocketClosed;

interface SocketNamed {
  readonly connectionId: string;
  /** Who holds it: see `ConnectionPlace`. */
  readonly gateway: string;
}

export interface SocketOpening extends SocketNamed {
  readonly event: "opening";
  /** Absent where no browser opens it. */
  readonly origin: string | undefined;
  /** In the order of the client's choice. */
  readonly subprotocols: readonly string[];
  readonly authorization: string | undefined;
  readonly clientAddress: string;
}

export interface SocketText extends SocketNamed {
  readonly event: "text";
  /**
   * What the opening has found out: API Gateway keeps it as the context of its authorizer, a cell beside the socket. No client
   * sees it or can change it.
   */
  readonly memo: string;
  readonly text: string;
}

/** May never be told: API Gateway promises no more than to try. */
export interface SocketClosed extends SocketNamed {
  readonly event: "closed";
}

/** Whether it may be opened, and with which of its subprotocols. */
export type OpeningAnswer =
  | { readonly accepted: true; readonly subprotocol: string | undefined; readonly memo: string }
  | { readonly accepted: false; readonly status: 401 | 403 | 429 | 503 };

export interface SocketAnswer {
  /** To be sent on this very connection, in this order. */
  readonly texts: readonly string[];
  /** Then to be closed, with a code of RFC 6455, section 7.4. */
  readonly close?: { readonly code: number; readonly reason: string };
  /**
   * Told once, when it has become known who is there. Whoever holds the connection cuts it then at its end, and as soon as
   * the principal has lost their standing, as far as it can.
   */
  readonly known?: { readonly principal: Principal; readonly endsAtEpochMs: number };
}

/** Holds nothing of a connection from one event to the next: any process may be given each. */
export interface SocketHandler {
  opening(event: SocketOpening): Promise<OpeningAnswer>;
  text(event: SocketText): Promise<SocketAnswer>;
  closed(event: SocketClosed): Promise<void>;
}
