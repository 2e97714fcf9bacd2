import type { Json } from "./wire.ts";

/** What a client stands on: whoever makes one passes in time, chance and sockets. `browserParts` has those of a page. */
export interface PeopleParts {
  readonly open: OpenSocket;
  readonly clock: PeopleClock;
  readonly chance: PeopleChance;
  /**
   * Asked before each connection. Left out, the connection shows nothing: a server on the same machine may let it.
   * Where it throws, the connection is tried again later.
   */
  readonly credential?: () => Promise<Credential>;
}

export type Credential = { readonly token: string } | { readonly ticket: string } | Readonly<Record<never, never>>;

/** Begins to open a socket with the subprotocol `skein.v1`. None of `told` is called before it has returned. */
export type OpenSocket = (told: SocketTold) => PeopleSocket;

export interface SocketTold {
  opened(): void;
  text(text: string): void;
  /** Once, and nothing after it. Also where it never opened. */
  closed(how: { readonly code: number; readonly reason: string }): void;
}

export interface PeopleSocket {
  /** Only once it is open; does not throw where it no longer is. */
  send(text: string): void;
  close(): void;
}

export interface PeopleClock {
  nowMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` is aborted. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface PeopleChance {
  /** From 0 up to 1. */
  share(): number;
  /** Unlike any other, ever: a UUID. */
  id(): string;
}

/** An answer or a message that no server has acknowledged yet. May be kept as JSON, and given to another client. */
export type Unsent =
  | { readonly kind: "answer"; readonly requestId: string; readonly answer: Json }
  | { readonly kind: "message"; readonly id: string; readonly to: string; readonly body: Json };
